//! One pattern of an ignore file. `**` crosses directories, `*` and `?` do not, and a class is a class of characters.
use super::glob::{char_at, read_class, ClassItem};

pub struct IgnorePattern {
    pub is_exception: bool,
    text: Vec<u8>,
    shape: Shape,
}

/// Docker compares simple patterns as text, and the difference shows: `**foo` is a suffix, `foo/**` a prefix.
enum Shape {
    Exact,
    Prefix,
    Suffix,
    Tokens(Vec<Token>),
}

enum Token {
    Char(char),
    /// One character but `/`.
    Any,
    /// Any number of characters but `/`.
    Star,
    /// Nothing, or anything that ends in `/`.
    Directories,
    /// Everything that follows.
    Rest,
    Class { is_negated: bool, items: Vec<ClassItem> },
}

impl IgnorePattern {
    /// `text` is cleaned and was found well-formed.
    pub fn compile(text: &str, is_exception: bool) -> IgnorePattern {
        let bytes = text.as_bytes();
        let mut tokens = Vec::new();
        let (mut at, mut is_plain, mut stars_first, mut stars_last) = (0, true, false, false);
        while at < bytes.len() {
            let (letter, width) = char_at(bytes, at);
            let start = at;
            at += width;
            match letter {
                '*' if bytes.get(at) == Some(&b'*') => {
                    at += 1;
                    if bytes.get(at) == Some(&b'/') {
                        at += 1;
                    }
                    let is_last = at >= bytes.len();
                    tokens.push(if is_last { Token::Rest } else { Token::Directories });
                    match (start == 0, is_last && is_plain && !stars_first) {
                        (true, _) => stars_first = true,
                        (false, true) => stars_last = true,
                        (false, false) => is_plain = false,
                    }
                }
                '*' => {
                    tokens.push(Token::Star);
                    is_plain = false;
                }
                '?' => {
                    tokens.push(Token::Any);
                    is_plain = false;
                }
                '\\' if at < bytes.len() => {
                    let (escaped, width) = char_at(bytes, at);
                    at += width;
                    tokens.push(Token::Char(escaped));
                    is_plain = false;
                }
                '[' => {
                    is_plain = false;
                    match read_class(bytes, at) {
                        Ok((is_negated, items, next)) => {
                            tokens.push(Token::Class { is_negated, items });
                            at = next;
                        }
                        Err(_) => tokens.push(Token::Char('[')),
                    }
                }
                letter => tokens.push(Token::Char(letter)),
            }
        }
        let shape = match (is_plain, stars_first, stars_last) {
            (true, true, false) => Shape::Suffix,
            (true, false, true) => Shape::Prefix,
            (true, false, false) => Shape::Exact,
            _ => Shape::Tokens(tokens),
        };
        IgnorePattern { is_exception, text: bytes.to_vec(), shape }
    }

    pub fn matches(&self, path: &[u8]) -> bool {
        match &self.shape {
            Shape::Exact => path == self.text,
            Shape::Prefix => path.starts_with(self.text.strip_suffix(b"**").unwrap_or(&self.text)),
            Shape::Suffix => {
                let suffix = &self.text[2..];
                path.ends_with(suffix) || suffix.strip_prefix(b"/") == Some(path)
            }
            Shape::Tokens(tokens) => matches_tokens(tokens, path),
        }
    }

    pub fn may_match_below(&self, directory: &[u8]) -> bool {
        match self.shape {
            Shape::Exact => super::path::is_below(&self.text, directory),
            _ => {
                // Up to the first special character the pattern is text.
                let special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
                let plain = &self.text[..self.text.iter().position(special).unwrap_or(self.text.len())];
                let below = [directory, b"/"].concat();
                plain.starts_with(&below) || below.starts_with(plain)
            }
        }
    }
}

/// Walks all ways at once, so that no pattern takes more than (tokens × characters) steps.
fn matches_tokens(tokens: &[Token], path: &[u8]) -> bool {
    let end = tokens.len();
    let mut states = vec![false; end + 1];
    states[0] = true;
    // A `Directories` token that has begun to swallow characters.
    let mut swallowing = vec![false; end];
    skip_empty(tokens, &mut states);
    let mut at = 0;
    while at < path.len() {
        let (letter, width) = char_at(path, at);
        at += width;
        let mut next = vec![false; end + 1];
        let mut next_swallowing = vec![false; end];
        for (index, token) in tokens.iter().enumerate() {
            match token {
                Token::Directories if states[index] || swallowing[index] => {
                    next_swallowing[index] = letter != '\n';
                    next[index + 1] |= letter == '/';
                }
                Token::Star if states[index] => next[index] |= letter != '/',
                Token::Rest if states[index] => next[index] |= letter != '\n',
                token if states[index] && takes(token, letter) => next[index + 1] = true,
                _ => {}
            }
        }
        skip_empty(tokens, &mut next);
        (states, swallowing) = (next, next_swallowing);
    }
    states[end]
}

fn skip_empty(tokens: &[Token], states: &mut [bool]) {
    for (index, token) in tokens.iter().enumerate() {
        if states[index] && matches!(token, Token::Star | Token::Directories | Token::Rest) {
            states[index + 1] = true;
        }
    }
}

fn takes(token: &Token, letter: char) -> bool {
    match token {
        Token::Char(wanted) => *wanted == letter,
        Token::Any => letter != '/',
        Token::Class { is_negated, items } => items.iter().any(|item| item.holds(letter)) != *is_negated,
        Token::Star | Token::Directories | Token::Rest => false,
    }
}
