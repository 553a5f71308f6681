//! Where two texts differ.

/// The one place where two texts differ, in bytes: all before it is the same in both, and all after it. It begins and ends
/// between characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Difference {
    pub(crate) start: usize,
    pub(crate) old_end: usize,
    pub(crate) new_end: usize,
}

impl Difference {
    pub(crate) fn between(old: &str, new: &str) -> Self {
        let mut start = old.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count();
        while !old.is_char_boundary(start) {
            start -= 1;
        }
        let (old_rest, new_rest) = (&old.as_bytes()[start..], &new.as_bytes()[start..]);
        let mut end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
        while !old.is_char_boundary(old.len() - end) {
            end -= 1;
        }
        Self { start, old_end: old.len() - end, new_end: new.len() - end }
    }

    /// A place after the difference, in the new text.
    pub(crate) fn moved(&self, old: usize) -> usize {
        old + self.new_end - self.old_end
    }
}
