//! Looks for values and patterns in streams. A match is found once, wherever it is between the pieces that are read.
use super::needles;
use super::patterns::{self, Pattern};
use aho_corasick::{AhoCorasick, Input, MatchKind};
use std::io::{self, Read};

const PIECE_BYTES: usize = 1 << 20;

pub struct Searcher {
    automaton: AhoCorasick,
    /// What each of the automaton's texts belongs to.
    meanings: Vec<Meaning>,
    patterns: Vec<Pattern>,
    /// So much has to be seen behind the beginning of a match, and one byte before it.
    longest: usize,
}

enum Meaning {
    Value(usize),
    Pattern(usize),
}

/// Without the secret: a pattern's fixed beginning is all that is shown of it.
pub struct Hit {
    pub offset: u64,
    /// Of the values, or of a pattern.
    pub what: Found,
}

pub enum Found {
    Value(usize),
    Pattern { kind: &'static str, shown: String },
}

impl Searcher {
    pub fn new(values: &[Vec<u8>]) -> io::Result<Searcher> {
        let patterns = patterns::patterns();
        let (mut texts, mut meanings): (Vec<Vec<u8>>, Vec<Meaning>) = (Vec::new(), Vec::new());
        // A value is tried before a pattern with the same beginning.
        for (at, value) in values.iter().enumerate() {
            for form in needles::forms_of(value) {
                texts.push(form);
                meanings.push(Meaning::Value(at));
            }
        }
        for (at, pattern) in patterns.iter().enumerate() {
            for beginning in pattern.beginnings {
                texts.push(beginning.as_bytes().to_vec());
                meanings.push(Meaning::Pattern(at));
            }
        }
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0).max(patterns::LONGEST_BYTES);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&texts).map_err(io::Error::other)?;
        Ok(Searcher { automaton, meanings, patterns, longest })
    }

    /// Gives the number of bytes that were read. The size is that of the buffer, which small files need not have large.
    pub fn search(&self, mut input: impl Read, size: u64, mut found: impl FnMut(Hit)) -> io::Result<u64> {
        let mut buffer = vec![0; size.min(PIECE_BYTES as u64) as usize + 2 * self.longest];
        // The first `kept` bytes were there before; matches that begin before `done` are known.
        let (mut start, mut kept, mut done) = (0u64, 0, 0);
        loop {
            let got = read_full(&mut input, &mut buffer[kept..])?;
            let filled = kept + got;
            let is_end = filled < buffer.len();
            let limit = if is_end { filled } else { filled - self.longest };
            self.piece(&buffer[..filled], done..limit, |at, what| found(Hit { offset: start + at as u64, what }));
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

    /// Matches that begin in the range.
    fn piece(&self, bytes: &[u8], range: std::ops::Range<usize>, mut found: impl FnMut(usize, Found)) {
        let mut from = range.start;
        while let Some(matched) = self.automaton.find(Input::new(bytes).span(from..bytes.len())) {
            let at = matched.start();
            if at >= range.end {
                return;
            }
            from = at + 1;
            match self.meanings[matched.pattern().as_usize()] {
                Meaning::Value(number) => {
                    found(at, Found::Value(number));
                    from = matched.end();
                }
                Meaning::Pattern(number) => {
                    let pattern = &self.patterns[number];
                    if let Some(end) = whole(pattern, bytes, at) {
                        let shown = String::from_utf8_lossy(&bytes[at..matched.end()]).into_owned();
                        found(at, Found::Pattern { kind: pattern.kind, shown });
                        from = end;
                    }
                }
            }
        }
    }
}

/// The end of a match that is not part of a longer word, and is not the example of a manual.
fn whole(pattern: &Pattern, bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..bytes.len().min(at + patterns::LONGEST_BYTES)];
    let end = at + pattern.expression.find(rest)?.end();
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_part = is_word(at.checked_sub(1).and_then(|before| bytes.get(before))) || is_word(bytes.get(end));
    let is_example = bytes[at..end].windows(7).any(|part| part.eq_ignore_ascii_case(b"example"));
    ((pattern.is_anywhere || !is_part) && !is_example).then_some(end)
}

fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(searcher: &Searcher, bytes: &[u8]) -> Vec<u64> {
        let mut found = Vec::new();
        searcher.search(bytes, bytes.len() as u64, |hit| found.push(hit.offset)).unwrap();
        found
    }

    #[test]
    fn a_match_is_found_once_wherever_it_lies() {
        let searcher = Searcher::new(&[b"correct horse battery".to_vec()]).unwrap();
        let token = format!(" ghp_{} ", "a1B2".repeat(9));
        let around = PIECE_BYTES + 2 * searcher.longest;
        for shift in (0..3000).step_by(97) {
            let at = around - 1500 + shift;
            let mut bytes = vec![b'.'; 3 * around];
            bytes[at..at + 21].copy_from_slice(b"correct horse battery");
            bytes[at + 30..at + 30 + token.len()].copy_from_slice(token.as_bytes());
            assert_eq!(offsets(&searcher, &bytes), [at as u64, at as u64 + 31]);
        }
    }

    #[test]
    fn parts_of_words_and_examples_are_not_keys() {
        let searcher = Searcher::new(&[]).unwrap();
        for text in ["AKIAIOSFODNN7EXAMPLE", "xAKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOPQ", "-----BEGIN PRIVATE KEY-----\n..."]
        {
            assert_eq!(offsets(&searcher, text.as_bytes()), [0u64; 0], "{text}");
        }
        assert_eq!(offsets(&searcher, b"id=AKIAABCDEFGHIJKLMNOP"), [3]);
    }
}
