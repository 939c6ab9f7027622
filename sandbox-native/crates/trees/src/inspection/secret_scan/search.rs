//! Looks for values and patterns in streams. A match is found once, wherever it is between the pieces that are read.
use super::needles;
use super::patterns::{self, Pattern};
use aho_corasick::{AhoCorasick, Input, MatchKind};
use std::io::{self, Read};

/// Small enough that a piece is still in the processor's cache when it is searched.
const PIECE_BYTES: usize = 1 << 18;

/// Groups of so many texts of a similar form are found with the processor's vector instructions, several bytes a step.
const VECTOR_TEXTS: usize = 32;
/// Of more, one automaton is faster than many groups.
const MAX_GROUPS: usize = 8;
/// Shorter texts have a group of their own: the vector instructions look at as many bytes of each text of a group.
const LONG_TEXT_BYTES: usize = 4;

pub struct Searcher {
    /// Values are tried before patterns with the same beginning.
    groups: Vec<Group>,
    patterns: Vec<Pattern>,
    /// So much has to be seen behind the beginning of a match, and one byte before it.
    longest: usize,
}

struct Group {
    automaton: AhoCorasick,
    /// What each of the automaton's texts belongs to.
    meanings: Vec<Meaning>,
}

#[derive(Clone, Copy)]
enum Meaning {
    Value(usize),
    Pattern(usize),
}

/// Where a text begins that may be one of a secret.
struct Candidate {
    start: usize,
    end: usize,
    meaning: Meaning,
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
        let forms =
            |(at, value): (usize, &Vec<u8>)| needles::forms_of(value).into_iter().map(move |form| (form, Meaning::Value(at)));
        let texts_of_values: Vec<_> = values.iter().enumerate().flat_map(forms).collect();
        let beginnings = |(at, pattern): (usize, &Pattern)| {
            pattern.beginnings.iter().map(move |text| (text.as_bytes().to_vec(), Meaning::Pattern(at)))
        };
        let texts_of_patterns: Vec<_> = patterns.iter().enumerate().flat_map(beginnings).collect();
        let longest = texts_of_values.iter().map(|(text, _)| text.len()).max().unwrap_or(0).max(patterns::LONGEST_BYTES);
        let (long, short) = texts_of_patterns.into_iter().partition(|(text, _)| text.len() >= LONG_TEXT_BYTES);
        let mut groups = Vec::new();
        for texts in [texts_of_values, long, short] {
            groups.extend(Group::several(texts)?);
        }
        Ok(Searcher { groups, patterns, longest })
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
        let mut candidates: Vec<Candidate> = self.groups.iter().flat_map(|group| group.candidates(bytes, &range)).collect();
        // Stable: values stay before patterns.
        candidates.sort_by_key(|candidate| candidate.start);
        let mut from = range.start;
        for (at, &Candidate { start, end, meaning }) in candidates.iter().enumerate() {
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
                    if let Some(whole_end) = whole(pattern, bytes, start)
                        && !has_value(&candidates[at + 1..], whole_end)
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

/// A known value says more than the form around it, as that of a URL with a password.
fn has_value(later: &[Candidate], end: usize) -> bool {
    later.iter().take_while(|candidate| candidate.start < end).any(|candidate| matches!(candidate.meaning, Meaning::Value(_)))
}

impl Group {
    fn several(mut texts: Vec<(Vec<u8>, Meaning)>) -> io::Result<Vec<Group>> {
        let size = if texts.len() > VECTOR_TEXTS * MAX_GROUPS { texts.len() } else { VECTOR_TEXTS };
        // Stable: of equal texts the first counts.
        texts.sort_by(|(one, _), (other, _)| one.cmp(other));
        texts.chunks(size).map(Group::new).collect()
    }

    fn new(texts: &[(Vec<u8>, Meaning)]) -> io::Result<Group> {
        let words = texts.iter().map(|(text, _)| text);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).map_err(io::Error::other)?;
        Ok(Group { automaton, meanings: texts.iter().map(|(_, meaning)| *meaning).collect() })
    }

    fn candidates<'a>(&'a self, bytes: &'a [u8], range: &std::ops::Range<usize>) -> impl Iterator<Item = Candidate> + 'a {
        let (mut from, limit) = (range.start, range.end);
        std::iter::from_fn(move || {
            let matched = self.automaton.find(Input::new(bytes).span(from..bytes.len()))?;
            from = matched.start() + 1;
            let meaning = self.meanings[matched.pattern().as_usize()];
            (matched.start() < limit).then(|| Candidate { start: matched.start(), end: matched.end(), meaning })
        })
    }
}

/// The end of a match that is not part of a longer word, and is not the example of a manual.
fn whole(pattern: &Pattern, bytes: &[u8], at: usize) -> Option<usize> {
    let is_word =
        |byte: Option<&u8>| !pattern.is_anywhere && byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if is_word(at.checked_sub(1).and_then(|before| bytes.get(before))) {
        return None;
    }
    let rest = &bytes[at..bytes.len().min(at + patterns::LONGEST_BYTES)];
    let end = at + pattern.expression.find(rest)?.end();
    let has = |text: &[u8]| bytes[at..end].windows(text.len()).any(|part| part.eq_ignore_ascii_case(text));
    let is_example = has(b"example") || has(b"password@");
    (!is_word(bytes.get(end)) && !is_example).then_some(end)
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
    fn a_known_value_is_reported_rather_than_the_form_around_it() {
        let searcher = Searcher::new(&[b"correct-horse-battery".to_vec()]).unwrap();
        let text = b"https://me:correct-horse-battery@h/ https://me:another-horse-battery@h/";
        let mut found = Vec::new();
        searcher
            .search(&text[..], text.len() as u64, |hit| found.push((hit.offset, matches!(hit.what, Found::Value(0)))))
            .unwrap();
        assert_eq!(found, [(11, true), (41, false)]);
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
