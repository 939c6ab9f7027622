//! The entries of the finished layer: parents of every change, whiteouts, hard links after the name with the content.
use super::{Node, Pending};
use crate::layers::whiteout;
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use foundation::failure::Failure;
use std::collections::{BTreeMap, HashMap};

impl Pending {
    /// The layer's entries in order, with the parents of all of them.
    pub fn into_entries(mut self) -> Result<Vec<Entry>, Failure> {
        self.settle_links();
        self.add_parents()?;
        let mut entries = Vec::with_capacity(self.nodes.len());
        for (key, node) in std::mem::take(&mut self.nodes) {
            let path = path::from_walk_key(&key);
            match node {
                Node::Whiteout => entries.push(marker(whiteout::deleting(&path))),
                Node::Entry { entry, hides_base, .. } => {
                    let is_directory = entry.header.kind == EntryKind::Directory;
                    // A non-directory in the base has nothing below it.
                    let needs_marker = hides_base && is_directory && self.base_entry(&path)?.is_some();
                    entries.push(entry);
                    if needs_marker {
                        entries.push(marker(whiteout::opaque(&path)));
                    }
                }
            }
        }
        content_at_first_names(&mut entries);
        Ok(entries)
    }

    /// Docker's layers contain the unchanged directories that lead to a change.
    fn add_parents(&mut self) -> Result<(), Failure> {
        let mut missing = BTreeMap::new();
        for key in self.nodes.keys() {
            let path = path::from_walk_key(key);
            let mut parent = path::split(&path).0;
            while !parent.is_empty() {
                let key = path::walk_key(parent);
                if self.nodes.contains_key(&key) || missing.contains_key(&key) {
                    break;
                }
                missing.insert(key, parent.to_vec());
                parent = path::split(parent).0;
            }
        }
        for parent in missing.into_values() {
            if let Some(entry) = self.base_entry(&parent)? {
                self.put(entry);
            }
        }
        Ok(())
    }
}

fn marker(path: Vec<u8>) -> Entry {
    let meta = Meta::planned(Kind::File, 0, 0);
    Entry { header: Header::from_meta(path, EntryKind::File, &meta), source: Source::None }
}

/// Unpackers create entries in order; therefore a hard link may only refer to an earlier entry.
fn content_at_first_names(entries: &mut [Entry]) {
    let places: HashMap<Vec<u8>, usize> =
        entries.iter().enumerate().map(|(place, entry)| (entry.header.path.clone(), place)).collect();
    let mut moved: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for place in 0..entries.len() {
        if entries[place].header.kind != EntryKind::HardLink {
            continue;
        }
        let named = entries[place].header.link.clone();
        if let Some(first) = moved.get(&named) {
            entries[place].header.link.clone_from(first);
            continue;
        }
        let Some(&later) = places.get(&named).filter(|&&target| target > place) else { continue };
        let first = entries[place].header.path.clone();
        entries.swap(place, later);
        entries[place].header.path.clone_from(&first);
        entries[later].header.path.clone_from(&named);
        entries[later].header.link.clone_from(&first);
        moved.insert(named, first);
    }
}
