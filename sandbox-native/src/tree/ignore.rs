//! The rules of .dockerignore: the last pattern that matches decides, `!` brings back.
use super::glob;
use super::ignore_pattern::IgnorePattern;
use crate::failure::Failure;

pub struct IgnoreRules {
    patterns: Vec<IgnorePattern>,
}

/// What the rules say of one path, and which patterns matched it: children inherit the matches.
#[derive(Clone)]
pub struct Verdict {
    matched: Vec<bool>,
    is_ignored: bool,
}

impl Verdict {
    pub fn is_ignored(&self) -> bool {
        self.is_ignored
    }
}

impl IgnoreRules {
    pub fn parse(lines: &[String]) -> Result<IgnoreRules, Failure> {
        let mut patterns = Vec::with_capacity(lines.len());
        for line in lines {
            let text = line.trim();
            if text.is_empty() {
                continue;
            }
            if text == "!" {
                return Err(Failure::new("TREE_PATTERN", "Cannot read pattern \"!\": nothing follows the \"!\" (a path or pattern)"));
            }
            let cleaned = glob::go_clean(text);
            let (is_exception, body) = match cleaned.strip_prefix('!') {
                Some(body) => (true, body),
                None => (false, cleaned.as_str()),
            };
            if glob::matches(body.as_bytes(), b".").is_err() {
                return Err(Failure::new("TREE_PATTERN", format!("Cannot read pattern \"{line}\": it is malformed (wildcards are ** * ? [a-z] \\)")));
            }
            patterns.push(IgnorePattern::compile(body, is_exception));
        }
        Ok(IgnoreRules { patterns })
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Of a path whose parent was judged before.
    pub fn judge(&self, path: &[u8], parent: &Verdict) -> Verdict {
        let mut matched = vec![false; self.patterns.len()];
        let mut is_ignored = false;
        for (at, pattern) in self.patterns.iter().enumerate() {
            let inherits = parent.matched.get(at).copied().unwrap_or(false);
            // A pattern that could not change the answer is not tried, and so is not inherited: Docker's own walk
            // decides so, and the difference shows for exceptions of directories.
            if !inherits && pattern.is_exception != is_ignored {
                continue;
            }
            matched[at] = inherits || pattern.matches(path);
            if matched[at] {
                is_ignored = !pattern.is_exception;
            }
        }
        Verdict { matched, is_ignored }
    }

    /// Of a path from the root down. The root itself is never ignored.
    pub fn judge_whole(&self, path: &[u8]) -> Verdict {
        let mut verdict = Verdict { matched: Vec::new(), is_ignored: false };
        for ancestor in super::path::ancestors(path) {
            verdict = self.judge(ancestor, &verdict);
        }
        if path.is_empty() { verdict } else { self.judge(path, &verdict) }
    }

    /// Whether an exception could bring back something below an ignored directory.
    pub fn may_include_below(&self, directory: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_exception && pattern.may_match_below(directory))
    }
}
