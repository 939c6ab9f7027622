//! A layer stored as an uncompressed tar with its entry index.
use super::layer::LayerEntry;
use super::whiteout;
use crate::tar::index::{self, IndexedEntry};
use crate::tree::entry::{EntryKind, Header};
use crate::tree::file_tree::{Content, Xattrs};
use crate::tree::meta::Meta;
use crate::tree::path;
use foundation::failure::Failure;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub struct TarLayer {
    file: Arc<File>,
    /// By walk key. None if the name is deleted.
    entries: BTreeMap<Vec<u8>, Option<IndexedEntry>>,
    opaque: HashSet<Vec<u8>>,
    /// Distinguishes files of different layers.
    number: u64,
}

impl TarLayer {
    pub fn open(tar: &Path, index: &Path) -> Result<TarLayer, Failure> {
        let doing = |cause| Failure::kernel("TREE_READ", &format!("open layer \"{}\"", tar.display()), cause);
        let file = File::open(tar).map_err(doing)?;
        let stat = rustix::fs::fstat(&file).map_err(|cause| doing(cause.into()))?;
        let (mut entries, mut opaque) = (BTreeMap::new(), HashSet::new());
        for entry in index::read(index, stat.st_size as u64)? {
            match whiteout::of_name(&entry.header.path) {
                whiteout::Name::Opaque(directory) => {
                    opaque.insert(directory.to_vec());
                }
                whiteout::Name::Deletes(deleted) => {
                    entries.entry(path::walk_key(&deleted)).or_insert(None);
                }
                whiteout::Name::Plain => {
                    entries.insert(path::walk_key(&entry.header.path), Some(entry));
                }
            }
        }
        Ok(TarLayer { file: Arc::new(file), entries, opaque, number: stat.st_ino })
    }

    pub fn entry(&self, path: &[u8]) -> Option<&IndexedEntry> {
        self.entries.get(&path::walk_key(path))?.as_ref()
    }

    pub fn look_up(&self, path: &[u8]) -> LayerEntry {
        if path.is_empty() {
            return LayerEntry::Present(Meta::planned(crate::tree::meta::Kind::Directory, 0o755, 0));
        }
        match self.entries.get(&path::walk_key(path)) {
            None => LayerEntry::Absent,
            Some(None) => LayerEntry::Deleted,
            Some(Some(entry)) => LayerEntry::Present(self.meta(&entry.header)),
        }
    }

    pub fn list(&self, directory: &[u8]) -> Vec<(Vec<u8>, LayerEntry)> {
        let mut prefix = path::walk_key(directory);
        if !prefix.is_empty() {
            prefix.push(0);
        }
        let below = self.entries.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let mut found = Vec::new();
        for (key, entry) in below {
            let name = &key[prefix.len()..];
            if name.is_empty() || name.contains(&0) {
                continue;
            }
            let entry = entry.as_ref().map_or(LayerEntry::Deleted, |entry| LayerEntry::Present(self.meta(&entry.header)));
            found.push((name.to_vec(), entry));
        }
        found
    }

    pub fn is_opaque(&self, path: &[u8]) -> bool {
        self.opaque.contains(path)
    }

    pub fn content(&self, path: &[u8]) -> Option<Content> {
        let entry = self.target(self.entry(path)?);
        let is_file = entry.header.kind == EntryKind::File;
        is_file.then(|| Content { file: Arc::clone(&self.file), offset: entry.data_offset, size: entry.header.size })
    }

    /// Symbolic links can have several names, too.
    pub fn read_link(&self, path: &[u8]) -> Option<Vec<u8>> {
        let Header { kind, link, .. } = &self.target(self.entry(path)?).header;
        (*kind == EntryKind::Symlink).then(|| link.clone())
    }

    pub fn xattrs(&self, path: &[u8]) -> Xattrs {
        self.entry(path).map(|entry| self.target(entry).header.xattrs.clone()).unwrap_or_default()
    }

    /// The entry that contains the bytes of a hard link.
    fn target<'a>(&'a self, entry: &'a IndexedEntry) -> &'a IndexedEntry {
        match entry.header.kind {
            EntryKind::HardLink => self.linked(&entry.header).unwrap_or(entry),
            _ => entry,
        }
    }

    /// In archives of other tools, link names are as written, such as `./file`.
    fn linked(&self, header: &Header) -> Option<&IndexedEntry> {
        self.entry(&path::clean(&header.link))
    }

    fn meta(&self, header: &Header) -> Meta {
        let first = match header.kind {
            EntryKind::HardLink => self.linked(header).map_or(header, |entry| &entry.header),
            _ => header,
        };
        let mut meta = Meta::planned(first.kind.kind(), first.mode, first.mtime);
        (meta.uid, meta.gid, meta.size, meta.device) = (first.uid, first.gid, first.size, first.device);
        meta.mtime_ns = first.mtime_ns;
        // The first name of a file does not show whether others follow; therefore every file may have them.
        meta.is_linked = first.kind == EntryKind::File;
        meta.identity = (self.number, path_number(&first.path));
        meta
    }
}

/// A number that identifies a path; a collision would require 2^32 files.
fn path_number(path: &[u8]) -> u64 {
    let hash = blake3::hash(path);
    u64::from_le_bytes(std::array::from_fn(|at| hash.as_bytes()[at]))
}
