//! Where a piece of text went when the text was edited.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use crate::difference::Difference;

/// Comparing two texts stops here; what is not settled by then counts as changed.
const MOST_TIME: Duration = Duration::from_millis(50);

/// What stayed the same between two versions of a text.
#[derive(Debug, Clone)]
pub struct Movement {
    /// Equal pieces: where they begin in the old text, in the new one, and how long they are. In order in both.
    equal: Vec<(usize, usize, usize)>,
}

impl Movement {
    /// Compares two versions of a text: what is equal at both ends, and between that whole lines.
    pub fn between(old: &str, new: &str) -> Self {
        if old == new {
            return Self { equal: vec![(0, 0, old.len())] };
        }
        let Difference { start, old_end, new_end } = Difference::between(old, new);
        let mut equal = vec![(0, 0, start)];
        let old_lines: Vec<&str> = old[start..old_end].split_inclusive('\n').collect();
        let new_lines: Vec<&str> = new[start..new_end].split_inclusive('\n').collect();
        let deadline = Some(Instant::now() + MOST_TIME);
        let (mut old_at, mut new_at) = (start, start);
        let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
        for operation in capture_diff_slices_deadline(Algorithm::Myers, &old_lines, &new_lines, deadline) {
            let (old_bytes, new_bytes) =
                (length(&old_lines[operation.old_range()]), length(&new_lines[operation.new_range()]));
            if matches!(operation, DiffOp::Equal { .. }) {
                equal.push((old_at, new_at, old_bytes));
            }
            old_at += old_bytes;
            new_at += new_bytes;
        }
        equal.push((old_end, new_end, old.len() - old_end));
        Self { equal: joined(equal) }
    }

    /// Compares two versions of a text that differ in one place: only what is equal at both ends is looked for.
    pub fn at_ends(old: &str, new: &str) -> Self {
        let Difference { start, old_end, new_end } = Difference::between(old, new);
        Self { equal: joined(vec![(0, 0, start), (old_end, new_end, old.len() - old_end)]) }
    }

    /// Where a range of the old text is in the new one; `None` where anything in it changed.
    ///
    /// Text that was put in right before or after the range is no change of it.
    pub fn range(&self, old: &Range<usize>) -> Option<Range<usize>> {
        if old.is_empty() {
            return None;
        }
        let index = self.equal.partition_point(|(start, _, _)| *start <= old.start).checked_sub(1)?;
        let (old_start, new_start, length) = self.equal[index];
        (old.end <= old_start + length).then(|| old.start - old_start + new_start..old.end - old_start + new_start)
    }
}

/// Pieces that meet in both texts are one.
fn joined(pieces: Vec<(usize, usize, usize)>) -> Vec<(usize, usize, usize)> {
    let mut joined: Vec<(usize, usize, usize)> = Vec::with_capacity(pieces.len());
    for (old, new, length) in pieces {
        match joined.last_mut() {
            Some((last_old, last_new, last)) if *last_old + *last == old && *last_new + *last == new => *last += length,
            _ if length == 0 => {}
            _ => joined.push((old, new, length)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the piece of the old text went; the piece must stand in it once.
    #[track_caller]
    fn moved(old: &str, new: &str, piece: &str) -> Option<usize> {
        let start = old.find(piece).expect("in the old text");
        let range = Movement::between(old, new).range(&(start..start + piece.len()))?;
        assert_eq!(&new[range.clone()], piece, "it is still the same text");
        Some(range.start)
    }

    #[test]
    fn what_is_not_touched_moves_along() {
        assert_eq!(moved("a = 1;\nb = 2;\n", "# new\na = 1;\nb = 2;\n", "b = 2;"), Some(13));
        assert_eq!(moved("a = 1;\nb = 2;\nc = 3;\n", "a = 1;\nbb = 22;\nc = 3;\n", "c = 3;"), Some(16));
        assert_eq!(moved("a;\nb;\nc;\nd;\n", "x;\na;\nc;\nd;\ny;\n", "c;"), Some(6));
        assert_eq!(moved("a", "a", "a"), Some(0));
    }

    #[test]
    fn what_is_touched_is_gone() {
        assert_eq!(moved("a = 1;\nb = 2;\n", "a = 1;\nb = 3;\n", "b = 2;"), None);
        assert_eq!(moved("a = 1;\n", "", "a = 1;"), None);
        assert_eq!(moved("abcd", "abXcd", "bc"), None);
    }

    #[test]
    fn characters_stay_whole() {
        assert_eq!(moved("ä = 1;\n", "ö = 1;\n", "= 1;"), Some(3));
        assert_eq!(moved("ä = 1;\n", "ö = 1;\n", "ä"), None);
    }
}
