//! Go's filepath.Match, which wildcards of COPY follow.
use crate::tree::path;

#[derive(Debug, PartialEq, Eq)]
pub struct BadPattern;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassItem {
    low: char,
    high: char,
}

impl ClassItem {
    pub fn holds(&self, letter: char) -> bool {
        (self.low..=self.high).contains(&letter)
    }
}

/// Matches the whole name. `*` and `?` never match `/`.
pub fn matches(pattern: &[u8], name: &[u8]) -> Result<bool, BadPattern> {
    check(pattern)?;
    // After a `*`, where to continue in pattern and name if the rest does not match.
    let mut retry: Option<(usize, usize)> = None;
    let (mut at, mut seen) = (0, 0);
    loop {
        if at < pattern.len() && pattern[at] == b'*' {
            retry = Some((at + 1, seen));
            at += 1;
            continue;
        }
        if at == pattern.len() && seen == name.len() {
            return Ok(true);
        }
        if at < pattern.len() && seen < name.len() {
            let (letter, width) = char_at(name, seen);
            if let Some(next) = step(pattern, at, letter)? {
                (at, seen) = (next, seen + width);
                continue;
            }
        }
        match retry {
            Some((after, from)) if from < name.len() && name[from] != b'/' => {
                let from = from + char_at(name, from).1;
                retry = Some((after, from));
                (at, seen) = (after, from);
            }
            _ => return Ok(false),
        }
    }
}

/// One element of the pattern other than `*`: the position after it if it matches the letter.
fn step(pattern: &[u8], at: usize, letter: char) -> Result<Option<usize>, BadPattern> {
    let (wanted, width) = char_at(pattern, at);
    match wanted {
        '?' => Ok((letter != '/').then_some(at + width)),
        '[' => {
            let Class { is_negated, items, end } = read_class(pattern, at + width)?;
            Ok((items.iter().any(|item| item.holds(letter)) != is_negated).then_some(end))
        }
        '\\' => {
            let (escaped, more) = char_at(pattern, at + width);
            Ok((escaped == letter).then_some(at + width + more))
        }
        wanted => Ok((wanted == letter).then_some(at + width)),
    }
}

fn check(pattern: &[u8]) -> Result<(), BadPattern> {
    let mut at = 0;
    while at < pattern.len() {
        at = match pattern[at] {
            b'\\' if at + 1 == pattern.len() => return Err(BadPattern),
            b'\\' => at + 2,
            b'[' => read_class(pattern, at + 1)?.end,
            _ => at + 1,
        };
    }
    Ok(())
}

pub struct Class {
    pub is_negated: bool,
    pub items: Vec<ClassItem>,
    /// The position after its `]`.
    pub end: usize,
}

/// Reads a class from after its `[`.
pub fn read_class(pattern: &[u8], start: usize) -> Result<Class, BadPattern> {
    let is_negated = pattern.get(start) == Some(&b'^');
    let mut at = start + usize::from(is_negated);
    let mut items = Vec::new();
    loop {
        if pattern.get(at) == Some(&b']') && !items.is_empty() {
            return Ok(Class { is_negated, items, end: at + 1 });
        }
        let (low, next) = read_class_char(pattern, at)?;
        let (mut high, mut after) = (low, next);
        if pattern.get(next) == Some(&b'-') {
            (high, after) = read_class_char(pattern, next + 1)?;
        }
        items.push(ClassItem { low, high });
        at = after;
    }
}

fn read_class_char(pattern: &[u8], at: usize) -> Result<(char, usize), BadPattern> {
    match pattern.get(at) {
        None | Some(b'-' | b']') => Err(BadPattern),
        Some(b'\\') if at + 1 >= pattern.len() => Err(BadPattern),
        Some(b'\\') => {
            let (letter, width) = char_at(pattern, at + 1);
            Ok((letter, at + 1 + width))
        }
        Some(_) => {
            let (letter, width) = char_at(pattern, at);
            Ok((letter, at + width))
        }
    }
}

/// The character at a byte position and its width; a byte that is not UTF-8 counts as U+FFFD, as in Go.
pub fn char_at(text: &[u8], at: usize) -> (char, usize) {
    let rest = &text[at..text.len().min(at + 4)];
    if rest.is_empty() {
        return ('\u{fffd}', 0);
    }
    if rest[0] < 0x80 {
        return (char::from(rest[0]), 1);
    }
    let valid = match std::str::from_utf8(rest) {
        Ok(text) => text,
        Err(cause) => std::str::from_utf8(&rest[..cause.valid_up_to()]).unwrap_or(""),
    };
    valid.chars().next().map_or(('\u{fffd}', 1), |letter| (letter, letter.len_utf8()))
}

pub fn has_wildcards(pattern: &[u8]) -> bool {
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            b'\\' => at += 1,
            b'*' | b'?' | b'[' => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Go's filepath.Clean of a pattern, without a leading slash.
pub fn go_clean(text: &str) -> String {
    let (mark, body) = match text.strip_prefix('!') {
        Some(body) => ("!", body.trim_start()),
        None => ("", text),
    };
    let cleaned = path::clean(body.as_bytes());
    // A pattern that leads out of the root must not match anything in it.
    let above = if !body.starts_with('/') && path::escapes(body.as_bytes()) { "../" } else { "" };
    format!("{mark}{above}{}", String::from_utf8_lossy(&cleaned))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pattern, name, and the documented result of Go's filepath.Match.
    const VECTORS: &[(&str, &str, Result<bool, BadPattern>)] = &[
        ("abc", "abc", Ok(true)),
        ("*", "abc", Ok(true)),
        ("*c", "abc", Ok(true)),
        ("a*", "ab/c", Ok(false)),
        ("a*/b", "abc/b", Ok(true)),
        ("a*/b", "a/c/b", Ok(false)),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", Ok(true)),
        ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
        ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
        ("ab[c]", "abc", Ok(true)),
        ("ab[^c]", "abc", Ok(false)),
        ("ab[e-g]", "abc", Ok(false)),
        ("a\\*b", "a*b", Ok(true)),
        ("a\\*b", "ab", Ok(false)),
        ("a?b", "aüb", Ok(true)),
        ("a[^a]b", "aüb", Ok(true)),
        ("a???b", "aüb", Ok(false)),
        ("[a-ζ]*", "α", Ok(true)),
        ("*[a-ζ]", "A", Ok(false)),
        ("a?b", "a/b", Ok(false)),
        ("[\\]a]", "]", Ok(true)),
        ("[\\-]", "-", Ok(true)),
        ("[x\\-]", "z", Ok(false)),
        ("[]a]", "]", Err(BadPattern)),
        ("[-]", "-", Err(BadPattern)),
        ("[x-]", "x", Err(BadPattern)),
        ("[a-b-c]", "a", Err(BadPattern)),
        ("[", "a", Err(BadPattern)),
        ("[^", "a", Err(BadPattern)),
        ("[^bc", "a", Err(BadPattern)),
        ("a[", "a", Err(BadPattern)),
        ("a\\", "a", Err(BadPattern)),
        ("*x", "xxx", Ok(true)),
        ("", "", Ok(true)),
        ("", "a", Ok(false)),
    ];

    #[test]
    fn matches_as_go_documents() {
        for (pattern, name, expected) in VECTORS {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), *expected, "{pattern} {name}");
        }
    }

    #[test]
    fn invalid_utf8_counts_as_one_character() {
        assert_eq!(matches(b"a?b", b"a\xffb"), Ok(true));
        assert_eq!(matches(b"a??b", b"a\xffb"), Ok(false));
    }
}
