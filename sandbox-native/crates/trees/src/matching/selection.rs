//! Selects files of a source by the rules of COPY.
use super::glob;
use super::ignore::IgnoreRules;
use crate::tree::file_tree::FileTree;
use crate::tree::follow::{self, Trail};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::walk::{self, Filter, Found};
use foundation::failure::Failure;
use protocol::Selection;
use std::collections::HashSet;

/// One source: a file, or a directory with everything below it that is selected.
pub struct Pick {
    /// Its path, with links resolved.
    pub path: Vec<u8>,
    /// Its name in a destination directory.
    pub name: Vec<u8>,
    pub meta: Meta,
    /// With paths relative to the directory, in walk order.
    pub entries: Vec<Found>,
}

pub enum Selected {
    Picks(Vec<Pick>),
    /// The first path without wildcards that does not exist.
    Missing(String),
}

pub fn select(tree: &dyn FileTree, selection: &Selection) -> Result<Selected, Failure> {
    let mut picks = Vec::new();
    for wanted in &selection.paths {
        let found = match (selection.parents, selection.follow) {
            // SPEC: docker sends what a wildcard matches, and mounts the path as it is written.
            (true, true) if !glob::has_wildcards(wanted.as_bytes()) => with_links(tree, wanted)?,
            (true, _) => with_parents(tree, wanted, selection)?,
            (false, _) => plain(tree, wanted, selection)?,
        };
        let Some(found) = found else { return Ok(Selected::Missing(wanted.clone())) };
        let is_filtered = (selection.parents && !selection.follow) || !selection.exclude.is_empty();
        if is_filtered && let Some(link) = dangling_link(tree, &found)? {
            return Ok(Selected::Missing(link));
        }
        picks.extend(found);
    }
    Ok(Selected::Picks(picks))
}

/// SPEC: with `--exclude` and `--parents`, BuildKit follows the links that it copies from the root of the source.
fn dangling_link(tree: &dyn FileTree, picks: &[Pick]) -> Result<Option<String>, Failure> {
    for pick in picks.iter().filter(|pick| pick.path.is_empty()) {
        for Found { path, meta, .. } in &pick.entries {
            let is_link = meta.kind == Kind::Symlink && !path.contains(&b'/');
            if is_link && tree.lookup(&follow::resolve(tree, path, true)?)?.is_none() {
                return Ok(Some(String::from_utf8_lossy(path).into_owned()));
            }
        }
    }
    Ok(None)
}

fn plain(tree: &dyn FileTree, wanted: &str, selection: &Selection) -> Result<Option<Vec<Pick>>, Failure> {
    let cleaned = path::clean(wanted.as_bytes());
    if !glob::has_wildcards(&cleaned) {
        return Ok(pick(tree, &cleaned, selection)?.map(|found| found.into_iter().collect()));
    }
    let Some(paths) = expand(tree, &cleaned, wanted)? else { return Ok(None) };
    let mut picks = Vec::new();
    for found in paths {
        // A dangling link is a missing file, even if a wildcard matches it.
        match pick(tree, &found, selection)? {
            Some(found) => picks.extend(found),
            None => return Ok(None),
        }
    }
    Ok(Some(picks))
}

/// None if missing; an inner None for a type that archives do not support. SPEC: BuildKit: `exclude` applies to what is
/// below a source, not to the source.
fn pick(tree: &dyn FileTree, wanted: &[u8], selection: &Selection) -> Result<Option<Option<Pick>>, Failure> {
    let resolved = follow::resolve(tree, wanted, true)?;
    let Some(meta) = tree.lookup(&resolved)? else { return Ok(None) };
    let name = path::split(wanted).1.to_vec();
    if !meta.is_directory() {
        let is_file = meta.kind != Kind::Socket;
        return Ok(Some(is_file.then_some(Pick { path: resolved, name, meta, entries: Vec::new() })));
    }
    let entries = walk::filtered(tree, &resolved, &Filter { exclude: exclusions(selection)?, include: None })?;
    Ok(Some(Some(Pick { path: resolved, name, meta, entries })))
}

/// Paths that match a pattern, in walk order. A matching directory is not searched further. None if the directory before
/// the first wildcard is missing; a file there has nothing below it.
fn expand(tree: &dyn FileTree, pattern: &[u8], wanted: &str) -> Result<Option<Vec<Vec<u8>>>, Failure> {
    let parts: Vec<&[u8]> = path::components(pattern).collect();
    let plain = parts.iter().take_while(|part| !glob::has_wildcards(part)).count();
    let start = follow::resolve(tree, &parts[..plain].join(&b'/'), true)?;
    let mut expansion = Expansion { tree, found: Vec::new() };
    let Some(meta) = tree.lookup(&start)? else { return Ok(None) };
    if meta.is_directory() {
        expansion.below(&start, &parts[plain..]).map_err(|cause| cause.unwrap_or_else(|| bad_pattern(wanted)))?;
    }
    Ok(Some(expansion.found))
}

struct Expansion<'a> {
    tree: &'a dyn FileTree,
    found: Vec<Vec<u8>>,
}

impl Expansion<'_> {
    /// The error None means a malformed pattern.
    fn below(&mut self, directory: &[u8], parts: &[&[u8]]) -> Result<(), Option<Failure>> {
        let Some((first, rest)) = parts.split_first() else { return Ok(()) };
        for (name, meta) in self.tree.list(directory).map_err(Some)? {
            if !glob::matches(first, &name).map_err(|_| None)? {
                continue;
            }
            let child = path::join(directory, &name);
            if rest.is_empty() {
                self.found.push(child);
            } else if meta.is_directory() {
                self.below(&child, rest)?;
            }
        }
        Ok(())
    }
}

/// `--parents`: matches after the pivot keep their directories. Each directory that matches a pivot with wildcards is a
/// separate source. None if a path without wildcards is missing in all of them.
fn with_parents(tree: &dyn FileTree, wanted: &str, selection: &Selection) -> Result<Option<Vec<Pick>>, Failure> {
    let (pivot, pattern) = wanted.split_once("/./").unwrap_or(("", wanted));
    let pattern = String::from_utf8_lossy(&path::clean(pattern.as_bytes())).into_owned();
    let pivot = path::clean(pivot.as_bytes());
    let starts = if glob::has_wildcards(&pivot) { expand(tree, &pivot, wanted)? } else { Some(vec![pivot.to_vec()]) };
    let Some(starts) = starts else { return Ok(None) };
    if pattern.is_empty() {
        return Ok(None); // SPEC: BuildKit finds nothing behind a pivot at the end
    }
    let is_optional = glob::has_wildcards(pattern.as_bytes()) || starts.is_empty();
    let mut picks = Vec::new();
    for start in starts {
        // SPEC: a pivot that is itself a link is not followed to a path without wildcards.
        let start = follow::resolve(tree, &start, is_optional)?;
        let Some(meta) = tree.lookup(&start)?.filter(Meta::is_directory) else { continue };
        if !is_optional && tree.lookup(&path::join(&start, pattern.as_bytes()))?.is_none() {
            continue;
        }
        let include = IgnoreRules::parse(std::slice::from_ref(&pattern))?;
        let filter = Filter { exclude: exclusions(selection)?, include: (!include.is_empty()).then_some(include) };
        let entries = walk::filtered(tree, &start, &filter)?;
        // Here the source itself can be excluded, and then counts as missing.
        if entries.is_empty() && !is_optional {
            continue;
        }
        picks.push(Pick { path: start, name: Vec::new(), meta, entries });
    }
    Ok((is_optional || !picks.is_empty()).then_some(picks))
}

/// A path and its link targets, each at its own path: in a copy of the files, the path resolves to the same file.
fn with_links(tree: &dyn FileTree, wanted: &str) -> Result<Option<Vec<Pick>>, Failure> {
    let Trail { path: resolved, links: mut shown } = follow::trail(tree, &path::clean(wanted.as_bytes()), true)?;
    let (Some(root), Some(meta)) = (tree.lookup(b"")?, tree.lookup(&resolved)?) else { return Ok(None) };
    let below = if meta.is_directory() { walk::filtered(tree, &resolved, &Filter::default())? } else { Vec::new() };
    let below = below.into_iter().map(|found| Found { path: path::join(&resolved, &found.path), ..found });
    let mut entries = Vec::new();
    shown.push(resolved.clone());
    for place in &shown {
        entries.extend(leading_to(tree, place)?);
    }
    entries.extend(below);
    let mut seen = HashSet::new();
    entries.retain(|found| seen.insert(found.path.clone()));
    Ok(Some(vec![Pick { path: Vec::new(), name: Vec::new(), meta: root, entries }]))
}

/// A path below the root, after its parent directories.
fn leading_to(tree: &dyn FileTree, place: &[u8]) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    for name in path::components(place) {
        path = path::join(&path, name);
        let meta = tree.lookup(&path)?.filter(|meta| meta.kind != Kind::Socket);
        found.extend(meta.map(|meta| Found { path: path.clone(), meta, is_wanted: path == place }));
    }
    Ok(found)
}

/// Unlike in an ignore file, a pattern that is absolute or leads out of the source matches nothing.
fn exclusions(selection: &Selection) -> Result<Option<IgnoreRules>, Failure> {
    let stays_below = |pattern: &&String| {
        let pattern = pattern.trim();
        let body = pattern.strip_prefix('!').unwrap_or(pattern).as_bytes();
        !body.starts_with(b"/") && !path::escapes(body)
    };
    let patterns: Vec<String> = selection.exclude.iter().filter(stays_below).cloned().collect();
    let rules = IgnoreRules::parse(&patterns)?;
    Ok((!rules.is_empty()).then_some(rules))
}

fn bad_pattern(wanted: &str) -> Failure {
    Failure::new("TREE_PATTERN", format!("Cannot read pattern \"{wanted}\": malformed pattern (expected wildcards * ? [a-z] \\)"))
}
