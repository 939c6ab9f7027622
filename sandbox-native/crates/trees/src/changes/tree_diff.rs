//! What an overlay tree changes in its base, as entries of a layer archive.
use crate::layers::layer::{Layer, LayerEntry};
use crate::layers::layered::Layered;
use crate::layers::whiteout;
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::{FileTree, LinkTree};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::range_reader::RangeReader;
use crate::tree::same_bytes::same_bytes;
use foundation::failure::Failure;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

pub struct TreeDiff {
    layer: Layer,
    /// The overlay tree alone, for reading.
    tree: Arc<dyn FileTree>,
    base: Layered,
}

/// One change, before hard links are resolved.
struct Change {
    path: Vec<u8>,
    what: What,
    is_changed: bool,
}

enum What {
    File(Meta),
    Marker,
}

/// What the base contains below a directory of the tree.
#[derive(Clone, Copy, PartialEq)]
enum Below {
    Shows,
    /// The directory replaces that of the base.
    Hidden,
    Nothing,
}

impl TreeDiff {
    pub fn new(layer: Layer, tree: Arc<dyn FileTree>, base: Layered) -> TreeDiff {
        TreeDiff { layer, tree, base }
    }

    /// In walk order, with the directories that lead to changes.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let changes = self.directory(b"", Below::Shows)?;
        let linked_changes: HashSet<(u64, u64)> =
            changes.iter().filter(|change| change.is_changed).filter_map(Change::links).collect();
        let mut first_names: HashMap<(u64, u64), Vec<u8>> = HashMap::new();
        let mut entries = Vec::new();
        for change in changes {
            // A file with a new name is reported with all its names; otherwise the old ones would become separate files.
            let has_new_name = change.links().is_some_and(|identity| linked_changes.contains(&identity));
            if change.is_changed || has_new_name {
                entries.extend(self.entry(change, &mut first_names)?);
            }
        }
        self.with_parents(entries)
    }

    fn directory(&self, directory: &[u8], below: Below) -> Result<Vec<Change>, Failure> {
        let mut changes = Vec::new();
        for (name, entry) in self.names(directory, below)? {
            let child = path::join(directory, &name);
            match entry {
                LayerEntry::Absent => {}
                LayerEntry::Deleted => {
                    // If the base does not contain it, it need not be deleted: it was created and removed within one step.
                    let is_changed = below != Below::Nothing && self.base.lookup(&child)?.is_some();
                    changes.push(Change { path: whiteout::deleting(&child), what: What::Marker, is_changed });
                }
                LayerEntry::Present(meta) => match self.file((child, meta), below) {
                    Err(failure) if self.tree.may_change() && failure.is_missing() => {}
                    found => changes.extend(found?),
                },
            }
        }
        Ok(changes)
    }

    /// For a directory that hides that of the base, BuildKit compares the files: missing ones are deleted one by one.
    fn names(&self, directory: &[u8], below: Below) -> Result<Vec<(Vec<u8>, LayerEntry)>, Failure> {
        let own = self.layer.list(directory)?;
        if below != Below::Hidden {
            return Ok(own);
        }
        let hidden = self.base.list(directory)?.into_iter().map(|(name, _)| (name, LayerEntry::Deleted));
        let mut names: BTreeMap<Vec<u8>, LayerEntry> = hidden.collect();
        names.extend(own);
        Ok(names.into_iter().collect())
    }

    fn lower(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        let Some(meta) = self.base.lookup(path)? else { return Ok(None) };
        let mtime_ns = self.layer.fine_time_below(path).unwrap_or(meta.mtime_ns);
        Ok(Some(Meta { mtime_ns, ..meta }))
    }

    fn file(&self, (path, meta): (Vec<u8>, Meta), below: Below) -> Result<Vec<Change>, Failure> {
        let lower = if below == Below::Nothing { None } else { self.lower(&path)? };
        let is_changed = match &lower {
            Some(lower) => !self.is_same(&path, (&meta, lower))?,
            None => true,
        };
        let mut changes = vec![Change { path: path.clone(), what: What::File(meta), is_changed }];
        if !meta.is_directory() {
            return Ok(changes);
        }
        let below = match lower {
            Some(lower) if lower.is_directory() => {
                if below == Below::Hidden || self.layer.is_opaque(&path)? {
                    Below::Hidden
                } else {
                    Below::Shows
                }
            }
            _ => Below::Nothing,
        };
        changes.extend(self.directory(&path, below)?);
        Ok(changes)
    }

    /// As in containerd: a file that was copied up without changes is not a change.
    fn is_same(&self, path: &[u8], (meta, lower): (&Meta, &Meta)) -> Result<bool, Failure> {
        let is_alike = meta.kind == lower.kind
            && (meta.kind == Kind::Symlink || meta.mode == lower.mode)
            && (meta.uid, meta.gid, meta.device) == (lower.uid, lower.gid, lower.device);
        if !is_alike || meta.kind == Kind::Socket {
            return Ok(false);
        }
        if meta.is_directory() {
            return Ok(self.tree.xattrs(path, None)? == self.base.xattrs(path, None)?);
        }
        if (meta.size, meta.mtime, meta.mtime_ns) != (lower.size, lower.mtime, lower.mtime_ns) {
            return Ok(false);
        }
        match meta.kind {
            Kind::Symlink => Ok(self.tree.read_link(path)? == self.base.read_link(path)?),
            Kind::File => {
                let (upper, lower) = (self.tree.open(path)?, self.base.open(path)?);
                if self.tree.xattrs(path, Some(&upper))? != self.base.xattrs(path, Some(&lower))? {
                    return Ok(false);
                }
                // Times in whole seconds may hide a change; fine-grained ones do not.
                if meta.mtime_ns != 0 {
                    return Ok(true);
                }
                same_bytes(&mut RangeReader::new(upper), &mut RangeReader::new(lower))
                    .map_err(|cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", path::show(path)), cause))
            }
            _ => Ok(true),
        }
    }

    fn entry(&self, change: Change, first_names: &mut HashMap<(u64, u64), Vec<u8>>) -> Result<Option<Entry>, Failure> {
        let What::File(meta) = change.what else {
            let meta = Meta::planned(Kind::File, 0, 0);
            return Ok(Some(Entry { header: Header::from_meta(change.path, EntryKind::File, &meta), source: Source::None }));
        };
        let Some(kind) = EntryKind::of(meta.kind) else { return Ok(None) };
        let mut header = Header::from_meta(change.path.clone(), kind, &meta);
        if meta.is_linked
            && let Some(first) = first_names.get(&meta.identity)
        {
            (header.kind, header.link, header.size) = (EntryKind::HardLink, first.clone(), 0);
            return Ok(Some(Entry { header, source: Source::Tree(Arc::clone(&self.tree), change.path) }));
        }
        if kind == EntryKind::Symlink {
            header.link = match self.tree.read_link(&change.path) {
                Err(failure) if self.tree.may_change() && failure.is_missing() => return Ok(None),
                link => link?,
            };
        }
        if meta.is_linked {
            first_names.insert(meta.identity, change.path.clone());
        }
        Ok(Some(Entry { header, source: Source::Tree(Arc::clone(&self.tree), change.path) }))
    }

    fn with_parents(&self, entries: Vec<Entry>) -> Result<Vec<Entry>, Failure> {
        let mut seen: HashSet<Vec<u8>> = HashSet::new();
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries {
            for parent in path::ancestors(&entry.header.path) {
                if !seen.insert(parent.to_vec()) {
                    continue;
                }
                if let Some(meta) = self.tree.lookup(parent)? {
                    let header = Header::from_meta(parent.to_vec(), EntryKind::Directory, &meta);
                    all.push(Entry { header, source: Source::Tree(Arc::clone(&self.tree), parent.to_vec()) });
                }
            }
            if entry.header.kind == EntryKind::Directory {
                seen.insert(entry.header.path.clone());
            }
            all.push(entry);
        }
        Ok(all)
    }
}

impl Change {
    fn links(&self) -> Option<(u64, u64)> {
        match &self.what {
            What::File(meta) if meta.is_linked => Some(meta.identity),
            _ => None,
        }
    }
}
