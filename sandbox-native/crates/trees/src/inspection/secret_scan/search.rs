//! Searches streams for values and patterns. A match is found once, even if it spans the pieces that are read.
use super::needles::{self, Needle};
use super::patterns::{self, Pattern};
use super::texts::{Match, Piece, Text, Texts};
use crate::streams::read_up_to::read_up_to;
use std::io::{self, Read};
use std::ops::Range;

/// Small enough that a piece is still in the CPU cache when it is searched.
pub const PIECE_BYTES: usize = 1 << 18;

pub struct Searcher {
    /// Values precede patterns with the same beginning.
    texts: Texts<Meaning>,
    patterns: Vec<Pattern>,
    /// The number of bytes needed after the start of a match, in addition to one byte before it.
    longest: usize,
}

#[derive(Clone, Copy)]
enum Meaning {
    Value(usize),
    Pattern(usize),
}

/// Without the secret: only the fixed prefix of a pattern is shown.
pub struct Hit {
    pub offset: u64,
    /// The index of a value, or a pattern.
    pub what: Found,
}

pub enum Found {
    Value(usize),
    Pattern { kind: &'static str, shown: String },
}

impl Searcher {
    pub fn new(values: &[Vec<u8>]) -> io::Result<Searcher> {
        let patterns = patterns::patterns();
        let of_value = |(number, value): (usize, &Vec<u8>)| {
            let text = move |Needle { bytes, is_wrapped }| Text { bytes, is_wrapped, meaning: Meaning::Value(number) };
            needles::forms_of(value).into_iter().map(text)
        };
        let of_pattern = |(number, pattern): (usize, &Pattern)| {
            let meaning = Meaning::Pattern(number);
            pattern.beginnings.iter().map(move |text| Text { bytes: text.as_bytes().to_vec(), is_wrapped: false, meaning })
        };
        let of_values = values.iter().enumerate().flat_map(of_value);
        let texts = Texts::new(of_values.chain(patterns.iter().enumerate().flat_map(of_pattern)).collect())?;
        let longest = texts.longest.max(patterns::LONGEST_BYTES);
        Ok(Searcher { texts, patterns, longest })
    }

    /// Returns their number.
    pub fn search_bytes(&self, bytes: &[u8], mut found: impl FnMut(Hit)) -> u64 {
        for start in (0..bytes.len()).step_by(PIECE_BYTES) {
            let end = bytes.len().min(start + PIECE_BYTES);
            self.piece(&Piece { bytes, starts: start..end }, |at, what| found(Hit { offset: at as u64, what }));
        }
        bytes.len() as u64
    }

    /// Returns the number of bytes read. `size` determines the size of the buffer, which can be small for small files.
    pub fn search(&self, (mut input, size): (impl Read, u64), mut found: impl FnMut(Hit)) -> io::Result<u64> {
        let mut buffer = vec![0; size.min(PIECE_BYTES as u64) as usize + 2 * self.longest];
        // The first `kept` bytes were read before; matches that begin before `done` have been reported.
        let (mut start, mut kept, mut done) = (0u64, 0, 0);
        loop {
            let got = read_up_to(&mut input, &mut buffer[kept..])?;
            let filled = kept + got;
            let is_end = filled < buffer.len();
            let limit = if is_end { filled } else { filled - self.longest };
            self.piece(&Piece { bytes: &buffer[..filled], starts: done..limit }, |at, what| {
                found(Hit { offset: start + at as u64, what })
            });
            if is_end {
                return Ok(start + filled as u64);
            }
            let keep_from = limit - 1;
            buffer.copy_within(keep_from..filled, 0);
            start += keep_from as u64;
            kept = filled - keep_from;
            done = 1;
        }
    }

    fn piece(&self, piece: &Piece, mut found: impl FnMut(usize, Found)) {
        let matches = self.texts.matches(piece);
        let &Piece { bytes, ref starts } = piece;
        let mut from = starts.start;
        for (at, &Match { start, end, meaning }) in matches.iter().enumerate() {
            if start < from {
                continue;
            }
            match meaning {
                Meaning::Value(number) => {
                    found(start, Found::Value(number));
                    from = end;
                }
                Meaning::Pattern(number) => {
                    let pattern = &self.patterns[number];
                    if let Some(whole_end) = complete_match(pattern, bytes, start..end)
                        && !has_value(&matches[at + 1..], whole_end)
                    {
                        let shown = String::from_utf8_lossy(&bytes[start..end]).into_owned();
                        found(start, Found::Pattern { kind: pattern.kind, shown });
                        from = whole_end;
                    }
                }
            }
        }
    }
}

/// A known value is more specific than a pattern around it, such as a URL with a password.
fn has_value(later: &[Match<Meaning>], end: usize) -> bool {
    later.iter().take_while(|found| found.start < end).any(|found| matches!(found.meaning, Meaning::Value(_)))
}

/// The end of a match that is neither part of a longer word nor an example from documentation.
fn complete_match(pattern: &Pattern, bytes: &[u8], Range { start, end: behind }: Range<usize>) -> Option<usize> {
    let is_word =
        |byte: Option<&u8>| !pattern.is_anywhere && byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if is_word(start.checked_sub(1).and_then(|before| bytes.get(before))) {
        return None;
    }
    let rest = &bytes[start..bytes.len().min(start + patterns::LONGEST_BYTES)];
    let end = start + pattern.expression.find(rest)?.end();
    let has = |text: &[u8]| bytes[start..end].windows(text.len()).any(|part| part.eq_ignore_ascii_case(text));
    let is_example = has(b"example") || has(b"password@");
    let is_random =
        pattern.is_anywhere || bytes[behind..end].iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    (!is_word(bytes.get(end)) && !is_example && is_random && (pattern.is_secret)(&bytes[start..end])).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(searcher: &Searcher, bytes: &[u8]) -> Vec<u64> {
        let mut found = Vec::new();
        searcher.search((bytes, bytes.len() as u64), |hit| found.push(hit.offset)).unwrap();
        let mut found_in_memory = Vec::new();
        searcher.search_bytes(bytes, |hit| found_in_memory.push(hit.offset));
        assert_eq!(found, found_in_memory);
        found
    }

    #[test]
    fn a_match_is_found_once_at_every_position() {
        let searcher = Searcher::new(&[b"correct horse battery".to_vec()]).unwrap();
        let token = format!(" ghp_{} ", "a1B2".repeat(9));
        let around = PIECE_BYTES + 2 * searcher.longest;
        for shift in (0..3000).step_by(397) {
            let at = around - 1500 + shift;
            let mut bytes = vec![b'.'; around + 2000];
            bytes[at..at + 21].copy_from_slice(b"correct horse battery");
            bytes[at + 30..at + 30 + token.len()].copy_from_slice(token.as_bytes());
            assert_eq!(offsets(&searcher, &bytes), [at as u64, at as u64 + 31]);
        }
    }

    #[test]
    fn a_known_value_takes_precedence_over_a_pattern() {
        let searcher = Searcher::new(&[b"correct-horse-battery".to_vec()]).unwrap();
        let text = b"https://me:correct-horse-battery@h/ https://me:another-horse-battery@h/";
        let mut found = Vec::new();
        searcher
            .search((&text[..], text.len() as u64), |hit| found.push((hit.offset, matches!(hit.what, Found::Value(0)))))
            .unwrap();
        assert_eq!(found, [(11, true), (41, false)]);
    }

    #[test]
    fn parts_of_words_and_examples_are_not_keys() {
        let searcher = Searcher::new(&[]).unwrap();
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "xAKIAABCDEFGHIJKLMNOP",
            "AKIAABCDEFGHIJKLMNOPQ",
            "-----BEGIN PRIVATE KEY-----\n...",
            "gldt-glrt-glptt-glcbt-glft-glimt-glagent-",
        ] {
            assert_eq!(offsets(&searcher, text.as_bytes()), [0u64; 0], "{text}");
        }
        assert_eq!(offsets(&searcher, b"id=AKIAABCDEFGHIJKLMNOP"), [3]);
    }
}
