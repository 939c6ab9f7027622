//! Finds any of many texts by their beginnings.
use super::long_texts::{self, LongTexts};
use aho_corasick::{AhoCorasick, Input, MatchKind};
use std::io;
use std::ops::Range;

/// A line break may be within the bytes by which a text is found.
pub const WRAPPED_BEGINNING_BYTES: usize = 6;
/// Encoders break lines, and configuration files indent them.
const MAX_BREAK_BYTES: usize = 40;

#[derive(Clone)]
pub struct Text<M> {
    pub bytes: Vec<u8>,
    /// May contain line breaks.
    pub is_wrapped: bool,
    pub meaning: M,
}

/// Where a text is.
pub struct Match<M> {
    pub start: usize,
    pub end: usize,
    pub meaning: M,
}

/// Bytes that are searched for matches that start in a range.
pub struct Piece<'a> {
    pub bytes: &'a [u8],
    pub starts: Range<usize>,
}

pub struct Texts<M> {
    long: LongTexts<Text<M>>,
    /// With the CPU's vector instructions.
    short: AhoCorasick,
    short_texts: Vec<Text<M>>,
    /// The maximum number of bytes a text can span.
    pub longest: usize,
}

impl<M: Copy> Texts<M> {
    /// Of texts with the same start, the earlier ones in the list come first, and short ones last. No short text begins with
    /// another.
    pub fn new(texts: Vec<Text<M>>) -> io::Result<Texts<M>> {
        let longest = texts.iter().map(longest_of).max().unwrap_or(0);
        let (long, short_texts): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| text.bytes.len() >= long_texts::MIN_BYTES);
        let beginnings = short_texts.iter().map(|text| &text.bytes);
        let short = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(beginnings).map_err(io::Error::other)?;
        let long = LongTexts::new(long.iter().map(|text| (&text.bytes[..], text.clone())));
        Ok(Texts { long, short, short_texts, longest })
    }

    /// Sorted by start.
    pub fn matches(&self, &Piece { bytes, ref starts }: &Piece) -> Vec<Match<M>> {
        let mut matches = Vec::new();
        self.long.each((bytes, starts.clone()), |start, texts| {
            let found = |text: &Text<M>| Some(Match { start, end: end_of(text, bytes, start)?, meaning: text.meaning });
            matches.extend(texts.iter().filter_map(found));
        });
        let mut from = starts.start;
        let end = bytes.len().min(starts.end + long_texts::MIN_BYTES);
        while let Some(matched) = self.short.find(Input::new(bytes).span(from..end)) {
            let start = matched.start();
            if start >= starts.end {
                break;
            }
            from = start + 1;
            let meaning = self.short_texts[matched.pattern().as_usize()].meaning;
            matches.push(Match { start, end: matched.end(), meaning });
        }
        matches.sort_by_key(|found| found.start);
        matches
    }
}

fn end_of<M>(text: &Text<M>, bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    if !text.is_wrapped {
        return rest.starts_with(&text.bytes).then_some(start + text.bytes.len());
    }
    let mut at = 0;
    for (number, byte) in text.bytes.iter().enumerate() {
        if number > 0 && rest.get(at) != Some(byte) {
            at += break_at(&rest[at..]);
        }
        if rest.get(at) != Some(byte) {
            return None;
        }
        at += 1;
    }
    Some(start + at)
}

/// Length of a line break at the start, with the indentation after it; JSON has it as `\n`.
fn break_at(rest: &[u8]) -> usize {
    let mut at = 0;
    while at < MAX_BREAK_BYTES {
        match &rest[at..] {
            [b'\r' | b'\n', ..] => at += 1,
            [b' ' | b'\t', ..] if at > 0 => at += 1,
            [b'\\', b'n' | b'r', ..] => at += 2,
            _ => break,
        }
    }
    at
}

/// Assuming lines of at least 32 digits.
fn longest_of<M>(text: &Text<M>) -> usize {
    let breaks = if text.is_wrapped { (text.bytes.len() / 32 + 1) * (MAX_BREAK_BYTES + 1) } else { 0 };
    text.bytes.len() + breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str], is_wrapped: bool) -> Texts<usize> {
        let text = |(meaning, word): (usize, &&str)| Text { bytes: word.as_bytes().to_vec(), is_wrapped, meaning };
        Texts::new(words.iter().enumerate().map(text).collect()).unwrap()
    }

    #[test]
    fn a_text_is_found_at_each_place_up_to_the_end() {
        for word in ["sk-", "npm_", "a longer one"] {
            let finder = texts(&[word], false);
            for before in 0..9 {
                for after in 0..9 {
                    let bytes = [&vec![b'.'; before], word.as_bytes(), &vec![b'.'; after]].concat();
                    for from in 0..=before {
                        let matches = finder.matches(&Piece { bytes: &bytes, starts: from..bytes.len() });
                        let spans: Vec<_> = matches.iter().map(|found| (found.start, found.end)).collect();
                        assert_eq!(spans, [(before, before + word.len())], "{word} {before} {after} {from}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_texts_that_start_in_the_range_are_found() {
        let finder = texts(&["sk-ant-", "ant"], false);
        let bytes = b"sk-ant-";
        let found = |range: Range<usize>| {
            finder.matches(&Piece { bytes, starts: range }).iter().map(|found| (found.start, found.meaning)).collect::<Vec<_>>()
        };
        assert_eq!(found(0..7), [(0, 0), (3, 1)]);
        assert_eq!(found(1..7), [(3, 1)]);
    }

    #[test]
    fn a_wrapped_text_has_line_breaks_and_indentation_in_it() {
        let finder = texts(&["c2VjcmV0LXZhbHVl"], true);
        for text in ["c2VjcmV0LXZhbHVl", "c2VjcmV0\nLXZhbHVl", "c2VjcmV0LX\r\n    ZhbHVl", "c2VjcmV0LXZhbHV\\nl"] {
            assert_eq!(finder.matches(&Piece { bytes: text.as_bytes(), starts: 0..text.len() }).len(), 1, "{text}");
        }
        for text in ["c2VjcmV0 LXZhbHVl", "c2VjcmV0\n#LXZhbHVl", "c2VjcmV0\n"] {
            assert_eq!(finder.matches(&Piece { bytes: text.as_bytes(), starts: 0..text.len() }).len(), 0, "{text}");
        }
    }
    #[test]
    fn texts_with_a_common_prefix_are_distinguished() {
        let finder = texts(&["aHR0cHM6Ly9hLm9yZy8", "aHR0cHM6Ly9iLm9yZy8"], true);
        let bytes = b"aHR0cHM6Ly9iLm9yZy8= aHR0cHM6Ly9hLm9yZy8=";
        let found: Vec<_> =
            finder.matches(&Piece { bytes, starts: 0..bytes.len() }).iter().map(|found| (found.start, found.meaning)).collect();
        assert_eq!(found, [(0, 1), (21, 0)]);
    }
}
