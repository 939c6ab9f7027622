//! Walks a tree in parallel; the result is ordered: a directory, everything in it, its next sibling.
use super::file_tree::FileTree;
use super::meta::{Kind, Meta};
use super::path;
use crate::matching::ignore::{IgnoreRules, Verdict};
use foundation::failure::Failure;
use rayon::prelude::*;
use std::sync::Once;

const STACK_BYTES: usize = 64 << 20;

/// Selects files of a walk, by path relative to its start.
#[derive(Default)]
pub struct Filter {
    pub exclude: Option<IgnoreRules>,
    /// Only files that these patterns match, and the directories that lead to them.
    pub include: Option<IgnoreRules>,
}

/// A file found by a filtered walk.
pub struct Found {
    /// Relative to the start.
    pub path: Vec<u8>,
    pub meta: Meta,
    /// False for a directory that only leads to selected files.
    pub is_wanted: bool,
}

/// Everything below a directory, with paths relative to it. Sockets are omitted: archives do not support them.
pub fn below(tree: &dyn FileTree, start: &[u8]) -> Result<Vec<(Vec<u8>, Meta)>, Failure> {
    let found = filtered(tree, start, &Filter::default())?;
    Ok(found.into_iter().map(|found| (found.path, found.meta)).collect())
}

/// What the filter selects of everything below a directory. Sockets are omitted: archives do not support them.
pub fn filtered(tree: &dyn FileTree, start: &[u8], filter: &Filter) -> Result<Vec<Found>, Failure> {
    prepare_threads();
    let verdict = |rules: &Option<IgnoreRules>| rules.as_ref().map(|rules| rules.judge_from_root(b""));
    let above = Above { exclude: verdict(&filter.exclude), include: verdict(&filter.include) };
    Walk { tree, start, filter }.directory(b"", &above)
}

/// A walk uses several stack frames per directory, and paths may have thousands of directories.
pub fn prepare_threads() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if threads are running already, whose stacks cannot be changed any more.
        let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global();
    });
}

#[derive(Clone)]
struct Above {
    exclude: Option<Verdict>,
    include: Option<Verdict>,
}

struct Walk<'a> {
    tree: &'a dyn FileTree,
    start: &'a [u8],
    filter: &'a Filter,
}

impl Walk<'_> {
    fn directory(&self, relative: &[u8], above: &Above) -> Result<Vec<Found>, Failure> {
        let entries = match self.tree.list(&path::join(self.start, relative)) {
            Err(failure) if self.tree.may_change() && failure.is_missing() => Vec::new(),
            entries => entries?,
        };
        let parts: Vec<Vec<Found>> = entries
            .into_par_iter()
            .map(|(name, meta)| self.one((path::join(relative, &name), meta), above))
            .collect::<Result<_, _>>()?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn one(&self, (relative, meta): (Vec<u8>, Meta), above: &Above) -> Result<Vec<Found>, Failure> {
        let filter = self.filter;
        if meta.kind == Kind::Socket {
            return Ok(Vec::new());
        }
        let judge = |rules: &Option<IgnoreRules>, above: &Option<Verdict>| {
            rules.as_ref().zip(above.as_ref()).map(|(rules, above)| rules.judge(&relative, above))
        };
        let here = Above { exclude: judge(&filter.exclude, &above.exclude), include: judge(&filter.include, &above.include) };
        let is_excluded = here.exclude.as_ref().is_some_and(Verdict::is_ignored);
        let is_included = here.include.as_ref().is_none_or(Verdict::is_ignored);
        let is_wanted = !is_excluded && is_included;
        if !meta.is_directory() {
            return Ok(if is_wanted { vec![Found { path: relative, meta, is_wanted }] } else { Vec::new() });
        }
        let is_dead_end = is_excluded && !filter.exclude.as_ref().is_some_and(|rules| rules.may_include_below(&relative));
        if is_dead_end {
            return Ok(Vec::new());
        }
        let mut found = self.directory(&relative, &here)?;
        if is_wanted || !found.is_empty() {
            found.insert(0, Found { path: relative, meta, is_wanted });
        }
        Ok(found)
    }
}
