//! Omits files that a layer would only repeat: those that are the same in the base.
use super::{Node, Pending};
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::Xattrs;
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::range_reader::RangeReader;
use crate::tree::same_bytes::same_bytes;
use foundation::failure::Failure;
use std::collections::{HashMap, HashSet};

impl Pending {
    /// SPEC: BuildKit compares a layer with its base: a file with the same owner, mode, capability, time and content is
    /// unchanged. The time of a directory is ignored.
    pub fn drop_unchanged(&mut self) -> Result<(), Failure> {
        self.settle_links();
        let mut unchanged = HashSet::new();
        for (key, node) in &self.nodes {
            if self.is_unchanged(&path::from_walk_key(key), node)? {
                unchanged.insert(key.clone());
            }
        }
        if unchanged.is_empty() {
            return Ok(());
        }
        self.move_content_to_links(&unchanged);
        let mut leading: HashSet<Vec<u8>> = HashSet::new();
        // In reverse: a directory precedes its content.
        for key in self.nodes.keys().rev().cloned().collect::<Vec<_>>() {
            let path = path::from_walk_key(&key);
            if unchanged.contains(&key) && !leading.contains(&path) {
                self.forget(&key);
            } else {
                leading.insert(path::split(&path).0.to_vec());
            }
        }
        Ok(())
    }

    fn is_unchanged(&self, path: &[u8], node: &Node) -> Result<bool, Failure> {
        let Node::Entry { entry, is_closed, .. } = node else { return Ok(false) };
        let header = &entry.header;
        let is_hidden = if header.kind == EntryKind::Directory { *is_closed } else { !self.base_shows(path) };
        let with_content = if header.kind == EntryKind::HardLink { self.entry(&header.link) } else { Some(entry) };
        let (false, Some(content)) = (is_hidden, with_content) else { return Ok(false) };
        let Some(lower) = self.base.lookup(path)?.filter(|lower| is_alike(header, lower)) else { return Ok(false) };
        if lower.kind != Kind::Directory && header.mtime != lower.mtime {
            return Ok(false);
        }
        match lower.kind {
            Kind::Symlink => return Ok(header.link == self.base.read_link(path)?),
            Kind::File if content.header.size != lower.size || !self.has_bytes_of_base(content, path)? => return Ok(false),
            Kind::File | Kind::Directory => {}
            _ => return Ok(true),
        }
        Ok(capability(&xattrs_of(content)?) == capability(&self.base.xattrs(path, None)?))
    }

    fn has_bytes_of_base(&self, entry: &Entry, path: &[u8]) -> Result<bool, Failure> {
        let mut lower = RangeReader::new(self.base.open(path)?);
        let is_same = match &entry.source {
            Source::None => Ok(entry.header.size == 0),
            Source::Bytes(bytes) => same_bytes(&mut lower, &mut &bytes[..]),
            Source::Range(content) => same_bytes(&mut lower, &mut RangeReader::new(content.clone())),
            Source::Tree(tree, from) => same_bytes(&mut lower, &mut RangeReader::new(tree.open(from)?)),
        };
        is_same.map_err(|cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", path::show(path)), cause))
    }

    /// The first remaining link gets the content of a name that is dropped.
    fn move_content_to_links(&mut self, unchanged: &HashSet<Vec<u8>>) {
        let mut moved: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
        let stays = |key: &&Vec<u8>| !unchanged.contains(*key);
        for key in self.nodes.keys().filter(stays).cloned().collect::<Vec<_>>() {
            let path = path::from_walk_key(&key);
            let Some(entry) = self.entry(&path).filter(|entry| entry.header.kind == EntryKind::HardLink) else { continue };
            let named = entry.header.link.clone();
            if !unchanged.contains(&path::walk_key(&named)) {
                continue;
            }
            let (first, content) = (moved.get(&named).cloned(), self.entry(&named).cloned());
            let (Some(Node::Entry { entry, .. }), Some(content)) = (self.nodes.get_mut(&key), content) else { continue };
            match first {
                Some(first) => entry.header.link = first,
                None => {
                    let header = Header { path: path.clone(), ..content.header };
                    *entry = Entry { header, source: content.source };
                    moved.insert(named, path);
                }
            }
        }
    }
}

fn is_alike(header: &Header, lower: &Meta) -> bool {
    let has_same_mode = lower.kind == Kind::Symlink || header.mode == lower.mode;
    let owner_and_device = (header.uid, header.gid, header.device);
    header.kind.kind() == lower.kind && has_same_mode && owner_and_device == (lower.uid, lower.gid, lower.device)
}

fn xattrs_of(entry: &Entry) -> Result<Xattrs, Failure> {
    match &entry.source {
        Source::Tree(tree, from) => tree.xattrs(from, None),
        _ => Ok(entry.header.xattrs.clone()),
    }
}

fn capability(xattrs: &Xattrs) -> Option<&[u8]> {
    xattrs.iter().find(|(name, _)| name == b"security.capability").map(|(_, value)| &value[..])
}
