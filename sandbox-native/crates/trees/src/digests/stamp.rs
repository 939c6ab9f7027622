//! Stamps of selected files: two are equal only if no file changed in between, even if it was changed back.
use crate::matching::selection::Pick;
use crate::tree::file_tree::FileTree;
use crate::tree::meta::Meta;
use crate::tree::path;
use crate::tree::walk::Found;
use rayon::prelude::*;
use std::collections::HashMap;

/// One of the selected files.
pub struct Line<'a> {
    /// As in the copy: relative to a copied directory, or a copied file's own name.
    pub name: &'a [u8],
    /// As in the source.
    pub path: Vec<u8>,
    pub meta: &'a Meta,
}

pub fn lines_of(pick: &Pick) -> Vec<Line<'_>> {
    if !pick.meta.is_directory() {
        return vec![Line { name: &pick.name, path: pick.path.clone(), meta: &pick.meta }];
    }
    let entries = pick.entries.iter();
    entries.map(|Found { path: name, meta, .. }| Line { name, path: path::join(&pick.path, name), meta }).collect()
}

pub fn stamp_of(lines: &[Line]) -> String {
    let mut hasher = blake3::Hasher::new();
    for Line { path, meta, .. } in lines {
        hasher.update(&(path.len() as u64).to_le_bytes()).update(path);
        for number in version_of(meta) {
            hasher.update(&number.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// Whether one of the files changed since it was selected. One that cannot be read any more did.
pub fn have_changed(tree: &dyn FileTree, picks: &[Pick]) -> bool {
    picks.iter().any(|pick| match pick.meta.is_directory() {
        true => has_changed_below(tree, pick),
        false => !matches!(tree.lookup(&pick.path), Ok(Some(now)) if is_same(&now, &pick.meta)),
    })
}

/// A list per directory is half the work of a lookup per file.
fn has_changed_below(tree: &dyn FileTree, pick: &Pick) -> bool {
    let mut by_directory: HashMap<&[u8], Vec<(&[u8], &Meta)>> = HashMap::new();
    for Found { path, meta, .. } in &pick.entries {
        let (directory, name) = path::split(path);
        by_directory.entry(directory).or_default().push((name, meta));
    }
    by_directory.par_iter().any(|(directory, files)| {
        let Ok(now) = tree.list(&path::join(&pick.path, directory)) else { return true };
        files.iter().any(|(name, meta)| match now.binary_search_by(|(other, _)| other[..].cmp(name)) {
            Ok(at) => !is_same(&now[at].1, meta),
            Err(_) => true,
        })
    })
}

fn is_same(now: &Meta, before: &Meta) -> bool {
    now.kind == before.kind && version_of(now) == version_of(before)
}

/// The times of directories are not included: they change with names that the selection leaves out.
fn version_of(meta: &Meta) -> [u64; 4] {
    let mode = u64::from(meta.mode);
    if meta.is_directory() { [mode, 0, 0, 0] } else { [meta.identity.0, meta.identity.1, meta.size, meta.ctime_ns as u64] }
}
