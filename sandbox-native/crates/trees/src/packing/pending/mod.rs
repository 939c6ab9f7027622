//! A layer that is composed over its base before it is written. Does not write archives.
mod entries;
mod hard_links;
mod unchanged;

use crate::host::host_directory::unreadable;
use crate::layers::whiteout;
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::{FileTree, LinkTree};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use foundation::failure::Failure;
use hard_links::HardLinks;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

pub struct Pending {
    base: Arc<dyn FileTree>,
    /// By walk key.
    nodes: BTreeMap<Vec<u8>, Node>,
    /// Lookups stop at this layer: the destination is an empty root (`--link`).
    pub is_detached: bool,
    links: HardLinks,
    /// Approximate size of the nodes.
    held_bytes: usize,
}

enum Node {
    Whiteout,
    Entry {
        entry: Entry,
        /// The base is hidden at this path.
        hides_base: bool,
        /// The base is invisible at this path and below: it is hidden here or above, or it has nothing.
        is_closed: bool,
    },
}

impl Node {
    fn bytes(&self, key: &[u8]) -> usize {
        let own = match self {
            Node::Whiteout => 0,
            Node::Entry { entry: Entry { header, .. }, .. } => {
                let xattrs = header.xattrs.iter().map(|(name, value)| name.len() + value.len());
                header.path.len() + header.link.len() + xattrs.sum::<usize>()
            }
        };
        own + key.len() + size_of::<(Vec<u8>, Node)>()
    }
}

impl Pending {
    pub fn over(base: Arc<dyn FileTree>) -> Pending {
        Pending { base, nodes: BTreeMap::new(), is_detached: false, links: HardLinks::default(), held_bytes: 0 }
    }

    pub fn base(&self) -> &dyn FileTree {
        &*self.base
    }

    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Replaces whatever is at the entry's path. A directory replaces only the metadata of a directory.
    pub fn put(&mut self, entry: Entry) {
        self.put_over(entry, false);
    }

    /// Adds an entry where a lookup found nothing: lookups below it skip the base.
    pub fn put_new(&mut self, entry: Entry) {
        self.put_over(entry, true);
    }

    fn put_over(&mut self, entry: Entry, is_new: bool) {
        let key = path::walk_key(&entry.header.path);
        let stays = entry.header.kind == EntryKind::Directory;
        let (hides_base, was_closed) = match self.nodes.get(&key) {
            Some(Node::Entry { entry: old, hides_base, is_closed }) => {
                (*hides_base || (stays && old.header.kind != EntryKind::Directory), *is_closed)
            }
            Some(Node::Whiteout) => (true, true),
            // A detached layer ignores the base, which may have something there.
            None => (false, is_new && !self.is_detached || !self.base_shows(&entry.header.path)),
        };
        if !stays {
            self.forget_below(&key);
        }
        self.insert(key, Node::Entry { entry, hides_base, is_closed: hides_base || was_closed });
    }

    fn insert(&mut self, key: Vec<u8>, node: Node) {
        self.unlink(&key);
        if let Node::Entry { entry, .. } = &node {
            self.links.add(&entry.header);
        }
        self.held_bytes += node.bytes(&key);
        self.nodes.insert(key, node);
    }

    fn forget(&mut self, key: &[u8]) -> Option<Node> {
        let old = self.nodes.remove(key)?;
        self.held_bytes -= old.bytes(key);
        Some(old)
    }

    /// Removes a path and everything below it.
    pub fn remove(&mut self, path: &[u8]) -> Result<(), Failure> {
        let key = path::walk_key(path);
        self.forget_below(&key);
        self.unlink(&key);
        let is_in_base = !self.is_detached && self.base_shows(path) && self.base.lookup(path)?.is_some();
        if is_in_base {
            self.insert(key, Node::Whiteout);
        }
        Ok(())
    }

    /// Changes the time of an entry or of a directory of the base by adding an entry. As in the kernel, with the current
    /// time if a name is added to a directory, replaced or removed.
    pub fn touch(&mut self, path: &[u8], mtime: i64) -> Result<(), Failure> {
        self.change(path, |header| header.mtime = mtime)
    }

    pub fn change_mode(&mut self, path: &[u8], mode: u32) -> Result<(), Failure> {
        self.change(path, |header| header.mode = mode)
    }

    fn change(&mut self, path: &[u8], change: impl FnOnce(&mut Header)) -> Result<(), Failure> {
        if let Some(Node::Entry { entry, .. }) = self.nodes.get_mut(&path::walk_key(path)) {
            change(&mut entry.header);
        } else if let Some(mut entry) = self.base_entry(path)? {
            change(&mut entry.header);
            self.put(entry);
        }
        Ok(())
    }

    /// Whether names of files look like whiteouts, and nothing is deleted.
    pub fn has_whiteout_names(&self) -> bool {
        let is_deletion = |node: &Node| matches!(node, Node::Whiteout | Node::Entry { hides_base: true, .. });
        self.nodes.keys().any(|key| whiteout::is_whiteout(&path::from_walk_key(key))) && !self.nodes.values().any(is_deletion)
    }

    fn base_entry(&self, path: &[u8]) -> Result<Option<Entry>, Failure> {
        if path.is_empty() {
            return Ok(None);
        }
        let found = self.base.lookup(path)?.filter(Meta::is_directory);
        Ok(found.map(|meta| Entry {
            header: Header::from_meta(path.to_vec(), EntryKind::Directory, &meta),
            source: Source::Tree(Arc::clone(&self.base), path.to_vec()),
        }))
    }

    /// Whether this layer does not hide the base's path. The path itself is not in this layer.
    fn base_shows(&self, path: &[u8]) -> bool {
        match self.nearest_above(&path::walk_key(path)) {
            None => true,
            Some(Node::Whiteout) => false,
            Some(Node::Entry { entry, is_closed, .. }) => entry.header.kind == EntryKind::Directory && !is_closed,
        }
    }

    /// The node of the nearest ancestor. SECURITY: looking up each ancestor would take, for a path of an archive, the cube
    /// of its depth (test/attack/archives/deep-path.test.ts).
    fn nearest_above(&self, key: &[u8]) -> Option<&Node> {
        let mut end = Bound::Excluded(key);
        loop {
            let (before, node) = self.nodes.range::<[u8], _>((Bound::Unbounded, end)).next_back()?;
            let shared = shared_directories(before, key);
            if shared == before.len() {
                return Some(node);
            }
            end = Bound::Included(&key[..shared]);
        }
    }

    fn forget_below(&mut self, key: &[u8]) {
        let start = [key, &[0]].concat();
        let below: Vec<Vec<u8>> = self
            .nodes
            .range(start.clone()..)
            .take_while(|(key, _)| key.starts_with(&start))
            .map(|(key, _)| key.clone())
            .collect();
        for key in below {
            self.unlink(&key);
        }
    }

    /// Where the bytes of a regular file of the base are, unless this layer hides it.
    pub fn base_file(&self, path: &[u8]) -> Result<Option<Source>, Failure> {
        let is_shown =
            !self.is_detached && self.entry(path).is_none() && self.lookup(path)?.is_some_and(|meta| meta.kind == Kind::File);
        Ok(is_shown.then(|| Source::Tree(Arc::clone(&self.base), path.to_vec())))
    }

    fn entry(&self, path: &[u8]) -> Option<&Entry> {
        match self.nodes.get(&path::walk_key(path)) {
            Some(Node::Entry { entry, .. }) => Some(entry),
            Some(Node::Whiteout) | None => None,
        }
    }
}

/// The length of the common directories of two walk keys.
fn shared_directories(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let ends = |key: &[u8]| key.len() == same || key[same] == 0;
    if ends(one) && ends(other) { same } else { one[..same].iter().rposition(|byte| *byte == 0).unwrap_or(0) }
}

impl LinkTree for Pending {
    fn lookup(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        match self.nodes.get(&path::walk_key(path)) {
            Some(Node::Whiteout) => Ok(None),
            Some(Node::Entry { entry, .. }) => {
                let header = &entry.header;
                let mut meta = Meta::planned(header.kind.kind(), header.mode, header.mtime);
                (meta.uid, meta.gid, meta.size) = (header.uid, header.gid, header.size);
                Ok(Some(meta))
            }
            None if path.is_empty() => Ok(Some(Meta::planned(Kind::Directory, 0o755, 0))),
            None if self.is_detached || !self.base_shows(path) => Ok(None),
            None => self.base.lookup(path),
        }
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        match self.entry(path) {
            Some(entry) if entry.header.kind == EntryKind::Symlink => Ok(entry.header.link.clone()),
            Some(_) => Err(unreadable(path, Errno::INVAL)),
            None => self.base.read_link(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::layered::Layered;

    fn pending() -> Pending {
        Pending::over(Arc::new(Layered::open(&[]).unwrap_or_else(|_| panic!("nothing can't be opened"))))
    }

    fn entry(path: &str, kind: EntryKind) -> Entry {
        Entry { header: Header::from_meta(path.into(), kind, &Meta::planned(kind.kind(), 0o755, 0)), source: Source::None }
    }

    #[test]
    fn the_nearest_ancestor_is_found_among_siblings() {
        let mut layer = pending();
        for path in ["a", "a/b", "a/b/c/d", "a/b-c", "a/bb/x", "ab"] {
            layer.put(entry(path, EntryKind::Directory));
        }
        let above = |path: &str| match layer.nearest_above(&path::walk_key(path.as_bytes())) {
            Some(Node::Entry { entry, .. }) => String::from_utf8_lossy(&entry.header.path).into_owned(),
            _ => String::new(),
        };
        for (path, expected) in
            [("a/b/c/e", "a/b"), ("a/b/c/d/e", "a/b/c/d"), ("a/bb/y", "a"), ("a/bc/y", "a"), ("ac/y", ""), ("a", "")]
        {
            assert_eq!(above(path), expected, "{path}");
        }
    }

    #[test]
    fn held_bytes_are_counted_and_released() {
        let mut layer = pending();
        let put = |layer: &mut Pending| {
            for number in 0..100 {
                layer.put(entry(&format!("a/b{number}"), EntryKind::File));
            }
        };
        put(&mut layer);
        let held = layer.held_bytes();
        assert!(held > 100 * size_of::<Node>());
        put(&mut layer);
        assert_eq!(layer.held_bytes(), held);
        layer.forget_below(b"a");
        assert_eq!(layer.held_bytes(), 0);
    }
}
