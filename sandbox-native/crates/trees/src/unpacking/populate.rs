//! Writes many entries to a tree that contains none of them, except directories: files of different directories are written
//! in parallel.
use super::tree_writer::TreeWriter;
use crate::tree::entry::{Entry, EntryKind, Source};
use crate::tree::range_reader::RangeReader;
use crate::tree::walk;
use foundation::failure::Failure;
use rayon::prelude::*;
use std::path::Path;

/// Neighbors in walk order share a directory: pieces of this size rarely write to the same one.
const PIECE: usize = 512;

/// Creates directories first, and links to other entries last.
pub fn populate(root: &Path, mut writer: TreeWriter, mut entries: Vec<Entry>) -> Result<(), Failure> {
    walk::prepare_threads();
    entries.sort_by_key(|entry| stage(entry.header.kind));
    let files_from = entries.partition_point(|entry| stage(entry.header.kind) < 1);
    let (directories, rest) = entries.split_at_mut(files_from);
    let (files, links) = rest.split_at_mut(rest.partition_point(|entry| stage(entry.header.kind) < 2));
    directories.iter_mut().try_for_each(|entry| write(&mut writer, entry))?;
    files.par_chunks_mut(PIECE).try_for_each(|piece| {
        let mut writer = TreeWriter::at(root)?;
        piece.iter_mut().try_for_each(|entry| write(&mut writer, entry))
    })?;
    links.iter_mut().try_for_each(|entry| write(&mut writer, entry))?;
    writer.finish()
}

fn stage(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Directory => 0,
        EntryKind::HardLink => 2,
        _ => 1,
    }
}

/// With the attributes and the content of its source.
pub fn write(writer: &mut TreeWriter, entry: &mut Entry) -> Result<(), Failure> {
    let Source::Tree(tree, from) = &entry.source else {
        return writer.make(&entry.header, &mut std::io::empty());
    };
    match entry.header.kind {
        EntryKind::File => {
            let content = tree.open(from)?;
            entry.header.xattrs = tree.xattrs(from, Some(&content))?;
            writer.make(&entry.header, &mut RangeReader::new(content))
        }
        EntryKind::Directory => {
            entry.header.xattrs = tree.xattrs(from, None)?;
            writer.make(&entry.header, &mut std::io::empty())
        }
        _ => writer.make(&entry.header, &mut std::io::empty()),
    }
}
