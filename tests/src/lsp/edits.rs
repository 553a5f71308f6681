//! A client's own idea of a text, kept by bytes, so that it shares nothing with how the server counts.

use serde_json::{Value, json};

/// The units of a position's character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// As JavaScript counts.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Utf8, Self::Utf16, Self::Utf32];

    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn units(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        }
    }
}

/// Numbers that look random and are the same every time.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A sequence by its seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A text as the client has it.
#[derive(Debug, Clone)]
pub struct Mirror {
    /// It.
    pub text: String,
    encoding: Encoding,
}

impl Mirror {
    /// A text that was opened.
    pub fn new(text: impl Into<String>, encoding: Encoding) -> Self {
        Self { text: text.into(), encoding }
    }

    /// The lines without their ends, by where they begin.
    fn lines(&self) -> Vec<(usize, &str)> {
        let mut lines = Vec::new();
        let mut start = 0;
        let mut rest = self.text.as_str();
        loop {
            match rest.find(['\r', '\n']) {
                Some(end) => {
                    lines.push((start, &rest[..end]));
                    let mark = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
                    start += end + mark;
                    rest = &rest[end + mark..];
                }
                None => {
                    lines.push((start, rest));
                    return lines;
                }
            }
        }
    }

    /// The position of a byte, as the protocol has it.
    ///
    /// # Panics
    /// If it is inside of a character or an end of a line.
    pub fn position(&self, offset: usize) -> Value {
        let lines = self.lines();
        let number = lines.iter().rposition(|(start, _)| *start <= offset).expect("a line");
        let (start, line) = lines[number];
        json!({ "line": number, "character": self.encoding.units(&line[..offset - start]) })
    }

    /// The byte at a position, if the text has such a position.
    pub fn offset(&self, position: &Value) -> Option<usize> {
        let lines = self.lines();
        let (start, line) = lines.get(usize::try_from(position["line"].as_u64()?).ok()?)?;
        let wanted = usize::try_from(position["character"].as_u64()?).ok()?;
        let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        ends.find(|at| self.encoding.units(&line[..*at]) == wanted).map(|at| start + at)
    }

    /// What a range of the protocol's spans, if the text has it.
    pub fn slice(&self, range: &Value) -> Option<&str> {
        self.text.get(self.offset(&range["start"])?..self.offset(&range["end"])?)
    }

    /// A byte where a client can put its cursor, at or before another.
    fn boundary(&self, mut offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let inside = |at: usize| at > 0 && at < bytes.len() && bytes[at - 1] == b'\r' && bytes[at] == b'\n';
        while !self.text.is_char_boundary(offset) || inside(offset) {
            offset -= 1;
        }
        offset
    }

    /// Replaces some bytes; the change as it is told to the server.
    pub fn replace(&mut self, range: std::ops::Range<usize>, with: &str) -> Value {
        let change = json!({
            "range": { "start": self.position(range.start), "end": self.position(range.end) },
            "text": with,
        });
        self.text.replace_range(range, with);
        change
    }

    /// A change that a person or an editor could make; as it is told to the server.
    pub fn random_change(&mut self, rng: &mut Rng, pieces: &[&str]) -> Value {
        if rng.below(400) == 0 {
            // Some clients send the whole text now and then.
            let keep = self.boundary(rng.below(self.text.len() + 1));
            self.text.truncate(keep);
            return json!({ "text": self.text });
        }
        let start = self.boundary(rng.below(self.text.len() + 1));
        let most = if self.text.len() > 6000 { 400 } else { 12 };
        let length = if rng.below(3) == 0 { rng.below(most) } else { 0 };
        let end = self.boundary((start + length).min(self.text.len())).max(start);
        let with = if rng.below(5) == 0 { "" } else { *rng.one_of(pieces) };
        let mut change = self.replace(start..end, with);
        if rng.below(50) == 0 && change["range"]["start"] == change["range"]["end"] {
            // The deprecated length is still sent by some, and has to be ignored.
            change["rangeLength"] = json!(0);
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lead_back() {
        for encoding in Encoding::ALL {
            let mirror = Mirror::new("a\r\né😀b\n\rz", encoding);
            for offset in [0, 1, 3, 5, 9, 10, 11, 12, 13] {
                assert_eq!(mirror.offset(&mirror.position(offset)), Some(offset), "{encoding:?} {offset}");
            }
            assert_eq!(mirror.offset(&json!({ "line": 0, "character": 2 })), None);
            assert_eq!(mirror.offset(&json!({ "line": 9, "character": 0 })), None);
        }
        let mirror = Mirror::new("é😀b", Encoding::Utf16);
        assert_eq!(mirror.offset(&json!({ "line": 0, "character": 2 })), None, "inside of a character");
        assert_eq!(mirror.position(6), json!({ "line": 0, "character": 3 }));
    }
}
