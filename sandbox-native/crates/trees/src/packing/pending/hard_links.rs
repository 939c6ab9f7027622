//! Names of one file of the layer: the first has the content, the others are hard links to it.
use super::{Node, Pending};
use crate::tree::entry::{Entry, EntryKind, Header};
use crate::tree::path;
use std::collections::HashMap;

/// SECURITY: replacing a name takes constant time however many links the file has; an archive can have millions.
#[derive(Default)]
pub(super) struct HardLinks {
    files: Vec<LinkedFile>,
    by_first_name: HashMap<Vec<u8>, usize>,
    by_link: HashMap<Vec<u8>, usize>,
}

struct LinkedFile {
    first_name: Vec<u8>,
    /// The file itself, after its first name was replaced or removed. The next link that is processed gets it.
    orphan: Option<Entry>,
}

impl HardLinks {
    pub(super) fn add(&mut self, header: &Header) {
        if header.kind != EntryKind::HardLink {
            return;
        }
        let file = *self.by_first_name.entry(header.link.clone()).or_insert_with(|| {
            self.files.push(LinkedFile { first_name: header.link.clone(), orphan: None });
            self.files.len() - 1
        });
        self.by_link.insert(header.path.clone(), file);
    }
}

impl Pending {
    /// The name to which a further hard link to this entry must refer: its own, or that of the linked file.
    pub fn first_name(&mut self, path: &[u8]) -> Option<Vec<u8>> {
        match self.entry(path)?.header.kind {
            EntryKind::HardLink => self.first_name_of_link(path),
            EntryKind::Directory => None,
            _ => Some(path.to_vec()),
        }
    }

    fn first_name_of_link(&mut self, path: &[u8]) -> Option<Vec<u8>> {
        let file = *self.links.by_link.get(path)?;
        if let Some(Entry { header, source }) = self.links.files[file].orphan.take() {
            self.links.by_link.remove(path);
            self.links.by_first_name.insert(path.to_vec(), file);
            self.links.files[file].first_name = path.to_vec();
            self.rewrite(path, |entry| *entry = Entry { header: Header { path: path.to_vec(), ..header }, source });
        }
        Some(self.links.files[file].first_name.clone())
    }

    /// Removes a name. As in a filesystem, the file keeps its other names.
    pub(super) fn unlink(&mut self, key: &[u8]) {
        let Some(Node::Entry { entry, .. }) = self.forget(key) else { return };
        self.links.by_link.remove(&entry.header.path);
        if let Some(file) = self.links.by_first_name.remove(&entry.header.path) {
            self.held_bytes += entry.header.path.len() + size_of::<Entry>();
            self.links.files[file].orphan = Some(entry);
        }
    }

    /// Applies the owner, mode, time and attributes of a further link to its file; for a symbolic link, only the owner.
    pub fn share_metadata(&mut self, link: &mut Header) {
        let first = link.link.clone();
        self.rewrite(&first, |Entry { header, .. }| {
            (header.uid, header.gid) = (link.uid, link.gid);
            if header.kind == EntryKind::Symlink {
                (link.mode, link.mtime) = (header.mode, header.mtime);
            } else {
                (header.mode, header.mtime, header.mtime_ns) = (link.mode, link.mtime, link.mtime_ns);
                header.xattrs.clone_from(&link.xattrs);
            }
        });
    }

    /// Gives every link the name and the metadata of its file. No name is replaced afterwards.
    pub(super) fn settle_links(&mut self) {
        let is_link = |node: &Node| matches!(node, Node::Entry { entry, .. } if entry.header.kind == EntryKind::HardLink);
        let keys: Vec<Vec<u8>> = self.nodes.iter().filter(|(_, node)| is_link(node)).map(|(key, _)| key.clone()).collect();
        for path in keys.iter().map(|key| path::from_walk_key(key)) {
            let Some(first) = self.first_name_of_link(&path).filter(|first| *first != path) else { continue };
            let Some(Header { mode, uid, gid, mtime, mtime_ns, .. }) = self.entry(&first).map(|entry| entry.header.clone())
            else {
                continue;
            };
            self.rewrite(&path, |Entry { header, .. }| {
                header.link = first;
                (header.mode, header.uid, header.gid, header.mtime, header.mtime_ns) = (mode, uid, gid, mtime, mtime_ns);
            });
        }
        self.links = HardLinks::default();
    }

    fn rewrite(&mut self, path: &[u8], change: impl FnOnce(&mut Entry)) {
        let key = path::walk_key(path);
        let Some(mut node) = self.forget(&key) else { return };
        if let Node::Entry { entry, .. } = &mut node {
            change(entry);
        }
        self.held_bytes += node.bytes(&key);
        self.nodes.insert(key, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::layered::Layered;
    use crate::tree::entry::Source;
    use crate::tree::meta::{Kind, Meta};
    use std::sync::Arc;

    fn with_three_names() -> Pending {
        let mut layer = Pending::over(Arc::new(Layered::open(&[]).unwrap_or_else(|_| panic!("cannot open an empty tree"))));
        layer.put(file("f", b"old"));
        for name in ["h", "i"] {
            let meta = Meta::planned(Kind::File, 0o644, 0);
            let mut header = Header::from_meta(name.into(), EntryKind::HardLink, &meta);
            header.link = b"f".to_vec();
            layer.put(Entry { header, source: Source::None });
        }
        layer
    }

    fn file(path: &str, bytes: &[u8]) -> Entry {
        let meta = Meta::planned(Kind::File, 0o644, 0);
        Entry { header: Header::from_meta(path.into(), EntryKind::File, &meta), source: Source::Bytes(bytes.into()) }
    }

    fn content(layer: &Pending, path: &str) -> Vec<u8> {
        match layer.entry(path.as_bytes()) {
            Some(Entry { source: Source::Bytes(bytes), .. }) => bytes.to_vec(),
            Some(Entry { header, .. }) => content(layer, &String::from_utf8_lossy(&header.link)),
            None => Vec::new(),
        }
    }

    #[test]
    fn links_keep_the_content_of_a_replaced_first_name() {
        let mut layer = with_three_names();
        layer.put(file("f", b"new"));
        assert_eq!(layer.first_name(b"i"), Some(b"i".to_vec()));
        assert_eq!(layer.first_name(b"h"), Some(b"i".to_vec()));
        layer.put(file("i", b"newer"));
        layer.settle_links();
        assert_eq!([content(&layer, "f"), content(&layer, "h"), content(&layer, "i")], [&b"new"[..], b"old", b"newer"]);
    }

    #[test]
    fn metadata_of_a_hard_link_applies_to_all_names() {
        let mut layer = with_three_names();
        let meta = Meta { uid: 7, ..Meta::planned(Kind::File, 0o755, 9) };
        let mut link = Header::from_meta(b"j".to_vec(), EntryKind::HardLink, &meta);
        link.link = b"f".to_vec();
        layer.share_metadata(&mut link);
        layer.settle_links();
        for name in ["f", "h", "i"] {
            let header = layer.entry(name.as_bytes()).map(|entry| (entry.header.mode, entry.header.uid, entry.header.mtime));
            assert_eq!(header, Some((0o755, 7, 9)), "{name}");
        }
    }
}
