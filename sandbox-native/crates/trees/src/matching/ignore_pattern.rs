//! One pattern of an ignore file. `**` crosses directories, `*` and `?` do not, and brackets are a character class.
use super::glob::{Class, ClassItem, char_at, read_class};

pub struct IgnorePattern {
    text: Vec<u8>,
    shape: Shape,
}

/// Docker compares simple patterns as text, which makes a difference: `**foo` is a suffix, `foo/**` a prefix.
enum Shape {
    Exact,
    Prefix,
    Suffix,
    /// With the text that every matching path ends with: most paths differ in it.
    Tokens(Vec<Token>, Vec<u8>),
}

enum Token {
    Char(char),
    /// One character except `/`.
    Any,
    /// Any number of characters except `/`.
    Star,
    /// An empty text, or any text that ends with `/`.
    Directories,
    /// Everything that follows.
    Rest,
    Class {
        is_negated: bool,
        items: Vec<ClassItem>,
    },
}

impl IgnorePattern {
    /// `text` is cleaned and valid.
    pub fn compile(text: &str) -> IgnorePattern {
        let bytes = text.as_bytes();
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let (token, next) = read_token(bytes, at);
            tokens.push(token);
            at = next;
        }
        IgnorePattern { text: bytes.to_vec(), shape: shape_of(bytes, tokens) }
    }

    pub fn matches(&self, path: &[u8]) -> bool {
        match &self.shape {
            Shape::Exact => path == self.text,
            Shape::Prefix => path.starts_with(self.text.strip_suffix(b"**").unwrap_or(&self.text)),
            Shape::Suffix => {
                let suffix = &self.text[2..];
                path.ends_with(suffix) || suffix.strip_prefix(b"/") == Some(path)
            }
            Shape::Tokens(tokens, end) => path.ends_with(end) && matches_tokens(tokens, path),
        }
    }

    /// Texts that every matching path contains.
    pub fn texts(&self) -> Vec<Vec<u8>> {
        match &self.shape {
            Shape::Exact => vec![self.text.clone()],
            Shape::Prefix => vec![self.text.strip_suffix(b"**").unwrap_or(&self.text).to_vec()],
            // The slash of `**/name` does not occur in the path `name`.
            Shape::Suffix => vec![self.text[2..].strip_prefix(b"/").unwrap_or(&self.text[2..]).to_vec()],
            Shape::Tokens(tokens, _) => literal_runs(tokens),
        }
    }

    /// What it may match below directories: only this path, or all paths with this prefix.
    pub fn reach(&self) -> Reach<'_> {
        if matches!(self.shape, Shape::Exact) {
            return Reach::Path(&self.text);
        }
        // Up to the first special character, the pattern is literal.
        let special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
        Reach::Beginning(&self.text[..self.text.iter().position(special).unwrap_or(self.text.len())])
    }
}

pub enum Reach<'p> {
    Path(&'p [u8]),
    Beginning(&'p [u8]),
}

/// Consecutive literal characters.
fn literal_runs(tokens: &[Token]) -> Vec<Vec<u8>> {
    let mut runs = vec![String::new()];
    for token in tokens {
        match token {
            // It also matches bytes that are not UTF-8.
            Token::Char(letter) if *letter != '\u{fffd}' => runs.last_mut().expect("never empty").push(*letter),
            _ => runs.push(String::new()),
        }
    }
    runs.into_iter().filter(|run| !run.is_empty()).map(String::into_bytes).collect()
}

/// One token and the position after it.
fn read_token(pattern: &[u8], at: usize) -> (Token, usize) {
    let (letter, width) = char_at(pattern, at);
    let next = at + width;
    match letter {
        '*' if pattern.get(next) == Some(&b'*') => {
            let next = next + 1;
            let next = if pattern.get(next) == Some(&b'/') { next + 1 } else { next };
            (if next == pattern.len() { Token::Rest } else { Token::Directories }, next)
        }
        '*' => (Token::Star, next),
        '?' => (Token::Any, next),
        '\\' if next < pattern.len() => {
            let (escaped, width) = char_at(pattern, next);
            (Token::Char(escaped), next + width)
        }
        '[' => match read_class(pattern, next) {
            Ok(Class { is_negated, items, end }) => (Token::Class { is_negated, items }, end),
            Err(_) => (Token::Char('['), next),
        },
        letter => (Token::Char(letter), next),
    }
}

fn shape_of(text: &[u8], tokens: Vec<Token>) -> Shape {
    let are_plain = |tokens: &[Token]| tokens.iter().all(|token| matches!(token, Token::Char(_)));
    if text.contains(&b'\\') {
        return with_end(tokens);
    }
    match &tokens[..] {
        plain if are_plain(plain) => Shape::Exact,
        [Token::Directories | Token::Rest, rest @ ..] if are_plain(rest) => Shape::Suffix,
        [front @ .., Token::Rest] if are_plain(front) => Shape::Prefix,
        _ => with_end(tokens),
    }
}

fn with_end(tokens: Vec<Token>) -> Shape {
    let ends_in_text = matches!(tokens.last(), Some(Token::Char(letter)) if *letter != '\u{fffd}');
    let end = if ends_in_text { literal_runs(&tokens).pop().unwrap_or_default() } else { Vec::new() };
    Shape::Tokens(tokens, end)
}

/// Follows all alternatives in parallel; therefore no pattern takes more than (tokens × characters) steps.
fn matches_tokens(tokens: &[Token], path: &[u8]) -> bool {
    let end = tokens.len();
    let mut states = vec![false; end + 1];
    states[0] = true;
    // Whether a `Directories` token is consuming characters.
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
