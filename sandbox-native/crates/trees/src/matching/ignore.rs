//! The rules of .dockerignore: the last matching pattern decides, `!` includes again.
use super::glob;
use super::ignore_index::IgnoreIndex;
use super::ignore_pattern::{IgnorePattern, Reach};
use crate::tree::path;
use foundation::failure::Failure;
use std::collections::HashMap;

#[derive(Default)]
pub struct IgnoreRules {
    /// Whether each line is an exception.
    lines: Vec<bool>,
    /// Each pattern once, with the lines that contain it.
    patterns: Vec<(IgnorePattern, Vec<u32>)>,
    index: IgnoreIndex,
    exceptions: Exceptions,
}

/// The verdict of the rules on a path, and which lines matched it, in order: children inherit the matches.
#[derive(Clone, Default)]
pub struct Verdict {
    matched: Vec<u32>,
    is_ignored: bool,
}

impl Verdict {
    pub fn is_ignored(&self) -> bool {
        self.is_ignored
    }
}

impl IgnoreRules {
    pub fn parse(lines: &[String]) -> Result<IgnoreRules, Failure> {
        let mut rules = IgnoreRules::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        for line in lines {
            let text = line.trim();
            if text.is_empty() {
                continue;
            }
            if text == "!" {
                return Err(Failure::new(
                    "TREE_PATTERN",
                    "Cannot read pattern \"!\": nothing follows the \"!\" (expected a path or pattern)",
                ));
            }
            let cleaned = glob::go_clean(text);
            let (is_exception, body) = match cleaned.strip_prefix('!') {
                Some(body) => (true, body),
                None => (false, cleaned.as_str()),
            };
            if glob::matches(body.as_bytes(), b".").is_err() {
                return Err(Failure::new(
                    "TREE_PATTERN",
                    format!("Cannot read pattern \"{line}\": malformed pattern (expected wildcards ** * ? [a-z] \\)"),
                ));
            }
            let at = *known.entry(body.to_owned()).or_insert_with(|| {
                rules.patterns.push((IgnorePattern::compile(body), Vec::new()));
                rules.patterns.len() - 1
            });
            if is_exception {
                rules.exceptions.add(&rules.patterns[at].0);
            }
            rules.patterns[at].1.push(rules.lines.len() as u32);
            rules.lines.push(is_exception);
        }
        rules.exceptions.sort();
        rules.index = IgnoreIndex::build(rules.patterns.iter().map(|(pattern, _)| pattern.texts()));
        Ok(rules)
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// For a path whose parent was judged before.
    pub fn judge(&self, path: &[u8], parent: &Verdict) -> Verdict {
        let mut verdict = Verdict::default();
        let fresh = self.matching_lines(path);
        let (mut fresh, mut inherited) = (fresh.iter().peekable(), parent.matched.iter().peekable());
        loop {
            let (line, inherits) = match (fresh.peek(), inherited.peek()) {
                (None, None) => return verdict,
                (Some(own), Some(above)) if own == above => {
                    fresh.next();
                    (**above, inherited.next().is_some())
                }
                (Some(own), above) if above.is_none_or(|above| own < above) => (**own, fresh.next().is_none()),
                (_, Some(above)) => (**above, inherited.next().is_some()),
                (Some(own), None) => (**own, fresh.next().is_none()),
            };
            let is_exception = self.lines[line as usize];
            // A pattern that could not change the result is not tried, and therefore not inherited. Docker's own walk does
            // this, which matters for exceptions of directories.
            if inherits || is_exception == verdict.is_ignored {
                verdict.matched.push(line);
                verdict.is_ignored = !is_exception;
            }
        }
    }

    /// Numbers of the lines whose pattern matches the path itself, in order.
    fn matching_lines(&self, path: &[u8]) -> Vec<u32> {
        let mut lines = Vec::new();
        for at in self.index.candidates(path) {
            let (pattern, own) = &self.patterns[at as usize];
            if pattern.matches(path) {
                lines.extend_from_slice(own);
            }
        }
        lines.sort(); // fast, because it consists of sorted runs
        lines
    }

    /// Judges all components of the path. The root itself is never ignored.
    pub fn judge_from_root(&self, path: &[u8]) -> Verdict {
        let mut verdict = Verdict::default();
        if path.is_empty() || self.is_empty() {
            return verdict;
        }
        for ancestor in path::ancestors(path) {
            verdict = self.judge(ancestor, &verdict);
        }
        self.judge(path, &verdict)
    }

    /// Whether an exception could include something below an ignored directory.
    pub fn may_include_below(&self, directory: &[u8]) -> bool {
        self.exceptions.may_match_below(directory)
    }
}

/// Where exceptions may match, sorted.
#[derive(Default)]
struct Exceptions {
    paths: Vec<Vec<u8>>,
    beginnings: Vec<Vec<u8>>,
    /// Lengths of the prefixes, without duplicates.
    lengths: Vec<usize>,
}

impl Exceptions {
    fn add(&mut self, pattern: &IgnorePattern) {
        match pattern.reach() {
            Reach::Path(path) => self.paths.push(path.to_vec()),
            Reach::Beginning(beginning) => self.beginnings.push(beginning.to_vec()),
        }
    }

    fn sort(&mut self) {
        self.paths.sort();
        self.beginnings.sort();
        self.lengths = self.beginnings.iter().map(Vec::len).collect();
        self.lengths.sort_unstable();
        self.lengths.dedup();
    }

    fn may_match_below(&self, directory: &[u8]) -> bool {
        if directory.is_empty() {
            return !self.paths.is_empty() || !self.beginnings.is_empty();
        }
        let below = [directory, b"/"].concat();
        let begins_so = |sorted: &[Vec<u8>]| {
            let at = sorted.partition_point(|text| *text < below);
            sorted.get(at).is_some_and(|text| text.starts_with(&below))
        };
        let is_beginning = |length: &usize| {
            below.get(..*length).is_some_and(|front| self.beginnings.binary_search_by(|text| text[..].cmp(front)).is_ok())
        };
        begins_so(&self.paths) || begins_so(&self.beginnings) || self.lengths.iter().any(is_beginning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: impl IntoIterator<Item = String>) -> IgnoreRules {
        let lines: Vec<String> = texts.into_iter().collect();
        IgnoreRules::parse(&lines).unwrap_or_else(|_| panic!("a pattern is malformed"))
    }

    /// Enough rules for the index, and the same rules without it.
    fn both(patterns: &[&str]) -> [IgnoreRules; 2] {
        let own = || patterns.iter().map(|text| text.to_string());
        [lines(own()), lines((0..100).map(|at| format!("no-such-file-{at}")).chain(own()))]
    }

    #[test]
    fn an_index_does_not_change_results() {
        let cases: &[(&[&str], &str, bool)] = &[
            (&["dir"], "dir/a/b", true),
            (&["dir", "!dir/a"], "dir/a/b", false),
            (&["*", "!keep"], "keep", false),
            (&["*", "!keep"], "other", true),
            (&["**/*.log", "!**/keep.log"], "a/b/keep.log", false),
            (&["**/*.log", "!**/keep.log"], "a/b/c.log", true),
            (&["**foo"], "foo", true),
            (&["**/foo"], "foo", true),
            (&["foo/**"], "foo/bar", true),
            (&["[ab]*[0-9]"], "b-7", true),
            (&["a\\*b"], "a*b", true),
            (&["ä?ö"], "äxö", true),
            (&["dir", "!dir/a", "dir/a/b"], "dir/a/b", true),
        ];
        for (patterns, path, is_ignored) in cases {
            for rules in both(patterns) {
                assert_eq!(rules.judge_from_root(path.as_bytes()).is_ignored(), *is_ignored, "{patterns:?} {path}");
            }
        }
    }

    #[test]
    fn invalid_utf8_is_found_by_the_index() {
        for rules in both(&["a\u{fffd}b*"]) {
            assert!(rules.judge_from_root(b"a\xffb").is_ignored());
        }
    }

    #[test]
    fn only_a_few_of_many_patterns_are_tried() {
        let shapes: [fn(u32) -> String; 6] = [
            |at| format!("name-{at}"),
            |at| format!("**/deep-{at}.log"),
            |at| format!("dir-{at}/**"),
            |at| format!("*-{at:05}-?"),
            |at| format!("common-text/{at:b}"),
            |at| format!("!**/kept-{at}/*"),
        ];
        let rules = lines((0..100_000).map(|at| shapes[at as usize % shapes.len()](at)));
        for path in ["name-66", "a/deep-99997.log", "common-text/10101010", "x/kept-77777/y", "dir-2/x"] {
            let tried = rules.index.candidates(path.as_bytes()).len();
            assert!(tried < 2000, "{tried} patterns were tried for {path}");
        }
        assert!(rules.judge_from_root(b"name-66").is_ignored() && rules.judge_from_root(b"a/deep-99997.log").is_ignored());
    }

    #[test]
    fn exceptions_may_include_files_below_ignored_directories() {
        for rules in both(&["*", "!a/b/c", "!x/y*", "!q/**/r"]) {
            for (directory, reaches) in
                [("a", true), ("a/b", true), ("a/b/c", false), ("x", true), ("x/yz", true), ("q/w", true), ("z", false)]
            {
                assert_eq!(rules.may_include_below(directory.as_bytes()), reaches, "{directory}");
            }
        }
    }
}
