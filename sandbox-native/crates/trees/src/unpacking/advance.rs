//! The verb advance: applies further layers to a complete tree; it then equals its previous layers and these.
use super::flatten::{Named, entry_of};
use super::populate::populate;
use super::tree_writer::{TreeWriter, unwritable};
use crate::changes::survey::Survey;
use crate::host::beneath::portable_xattrs;
use crate::layers::layer::{Layer, LayerEntry};
use crate::layers::layered::Layered;
use crate::tree::entry::Entry;
use crate::tree::file_tree::FileTree;
use crate::tree::meta::Meta;
use crate::tree::path;
use foundation::failure::Failure;
use protocol::{AdvanceRequest, LayerSource};
use rustix::fs::{Timespec, Timestamps, fstat, futimens};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

pub fn advance(request: &AdvanceRequest) -> Result<(), Failure> {
    request.layers.iter().rev().try_for_each(|layer| put(&request.tree, layer))?;
    Survey::record(&request.tree, &request.survey)
}

fn put(root: &Path, source: &LayerSource) -> Result<(), Failure> {
    let writer = TreeWriter::at(root)?;
    let times = times_of_root(&writer)?;
    let tree: Arc<dyn FileTree> = Arc::new(Layered::open(std::slice::from_ref(source))?);
    let mut advance = Advance { layer: Layer::open(source)?, tree, writer, entries: Vec::new(), first_names: HashMap::new() };
    advance.directory(b"")?;
    populate(root, advance.writer, advance.entries)?;
    let writer = TreeWriter::at(root)?;
    futimens(writer.beneath().root(), &times).map_err(|cause| unwritable(b"", cause))
}

struct Advance {
    layer: Layer,
    tree: Arc<dyn FileTree>,
    writer: TreeWriter,
    entries: Vec<Entry>,
    first_names: HashMap<(u64, u64), Vec<u8>>,
}

impl Advance {
    /// Removes what the layer replaces, and collects its entries.
    fn directory(&mut self, directory: &[u8]) -> Result<(), Failure> {
        for (name, entry) in self.layer.list(directory)? {
            let path = path::join(directory, &name);
            let existing = self.writer.beneath().stat(&path).map_err(|cause| unwritable(&path, cause))?;
            match entry {
                LayerEntry::Absent => {}
                LayerEntry::Deleted if existing.is_none() => {}
                LayerEntry::Deleted => self.writer.remove(&path)?,
                LayerEntry::Present(meta) => self.file(path, (meta, existing))?,
            }
        }
        Ok(())
    }

    fn file(&mut self, path: Vec<u8>, (meta, existing): (Meta, Option<Meta>)) -> Result<(), Failure> {
        let is_directory = meta.is_directory();
        let merges = is_directory && existing.is_some_and(|meta| meta.is_directory()) && !self.layer.is_opaque(&path)?;
        if merges {
            self.drop_attributes(&path)?;
        } else if existing.is_some() {
            self.writer.remove(&path)?;
        }
        if let Some(mut entry) =
            entry_of(&self.tree, Named { from: path.clone(), name: path.clone(), meta }, &mut self.first_names)?
        {
            entry.header.mtime_ns = meta.mtime_ns;
            self.entries.push(entry);
        }
        if is_directory { self.directory(&path) } else { Ok(()) }
    }

    /// A directory has only the attributes of its topmost layer.
    fn drop_attributes(&self, path: &[u8]) -> Result<(), Failure> {
        let failed = |cause| unwritable(path, cause);
        let wanted = self.tree.xattrs(path, None)?;
        let directory = self.writer.beneath().open_dir(path).map_err(failed)?;
        for (name, _) in portable_xattrs(rustix::fd::AsFd::as_fd(&directory)).map_err(failed)? {
            if !wanted.iter().any(|(other, _)| *other == name) {
                rustix::fs::fremovexattr(&directory, &name[..]).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// Layers in the form of an archive do not describe the root.
fn times_of_root(writer: &TreeWriter) -> Result<Timestamps, Failure> {
    let found = fstat(writer.beneath().root()).map_err(|cause| unwritable(b"", cause))?;
    let time = |tv_sec, tv_nsec: u64| Timespec { tv_sec, tv_nsec: tv_nsec as i64 };
    Ok(Timestamps {
        last_access: time(found.st_atime, found.st_atime_nsec),
        last_modification: time(found.st_mtime, found.st_mtime_nsec),
    })
}
