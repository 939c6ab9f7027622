//! One layer as a separate tree: its entry for a path, without the layers below.
use super::tar_layer::TarLayer;
use super::whiteout;
use crate::changes::changed_tree::ChangedTree;
use crate::host::beneath::Beneath;
use crate::host::host_directory::{open_regular, read_xattrs, unreadable};
use crate::host::recorded_owners;
use crate::tree::file_tree::{Content, Xattrs};
use crate::tree::meta::Meta;
use crate::tree::path;
use foundation::failure::Failure;
use protocol::LayerSource;
use rustix::io::Errno;

pub enum Layer {
    Tree(Beneath),
    Tar(TarLayer),
    Changed(ChangedTree),
}

/// One name in one layer.
pub enum LayerEntry {
    Absent,
    Deleted,
    Present(Meta),
}

impl Layer {
    pub fn open(source: &LayerSource) -> Result<Layer, Failure> {
        match source {
            LayerSource::Tree { path } => Ok(Layer::Tree(Beneath::open(path)?)),
            LayerSource::Tar { path, index } => Ok(Layer::Tar(TarLayer::open(path, index)?)),
        }
    }

    pub fn look_up(&self, path: &[u8]) -> Result<LayerEntry, Failure> {
        let found = match self {
            Layer::Tar(tar) => return Ok(tar.look_up(path)),
            Layer::Changed(changed) => return changed.look_up(path),
            Layer::Tree(tree) => tree.stat(path).map_err(|cause| unreadable(path, cause))?.map(|meta| (tree, meta)),
        };
        match found {
            None => Ok(LayerEntry::Absent),
            Some((tree, meta)) => entry_of(tree, path, meta),
        }
    }

    /// Names in a directory of this layer alone, including deleted ones.
    pub fn list(&self, path: &[u8]) -> Result<Vec<(Vec<u8>, LayerEntry)>, Failure> {
        let tree = match self {
            Layer::Tar(tar) => return Ok(tar.list(path)),
            Layer::Changed(changed) => return changed.list(path),
            Layer::Tree(tree) => tree,
        };
        let entries = tree.list(path).map_err(|cause| unreadable(path, cause))?;
        entries
            .into_iter()
            .filter_map(|(name, meta)| match entry_of(tree, &path::join(path, &name), meta) {
                Err(failure) if failure.is_missing() => None, // removed since it was listed
                entry => Some(entry.map(|entry| (name, entry))),
            })
            .collect()
    }

    /// Whether the directory hides that of the layers below.
    pub fn is_opaque(&self, path: &[u8]) -> Result<bool, Failure> {
        match self {
            Layer::Tar(tar) => Ok(tar.is_opaque(path)),
            Layer::Changed(changed) => Ok(changed.is_opaque(path)),
            Layer::Tree(tree) => is_opaque(tree, path),
        }
    }

    /// The sub-second modification time that the layers below have lost, if this layer knows it.
    pub fn fine_time_below(&self, path: &[u8]) -> Option<u32> {
        match self {
            Layer::Changed(changed) => changed.fine_time_before(path),
            Layer::Tree(_) | Layer::Tar(_) => None,
        }
    }

    pub fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        match self {
            Layer::Tree(tree) | Layer::Changed(ChangedTree { tree, .. }) => {
                tree.read_link(path).map_err(|cause| unreadable(path, cause))
            }
            Layer::Tar(tar) => tar.read_link(path).ok_or_else(|| unreadable(path, Errno::INVAL)),
        }
    }

    pub fn open_file(&self, path: &[u8]) -> Result<Content, Failure> {
        match self {
            Layer::Tree(tree) | Layer::Changed(ChangedTree { tree, .. }) => open_regular(tree, path),
            Layer::Tar(tar) => tar.content(path).ok_or_else(|| unreadable(path, Errno::INVAL)),
        }
    }

    pub fn xattrs(&self, path: &[u8], opened: Option<&Content>) -> Result<Xattrs, Failure> {
        match self {
            Layer::Tree(tree) | Layer::Changed(ChangedTree { tree, .. }) => read_xattrs(tree, path, opened),
            Layer::Tar(tar) => Ok(tar.xattrs(path)),
        }
    }
}

fn entry_of(tree: &Beneath, path: &[u8], mut meta: Meta) -> Result<LayerEntry, Failure> {
    if meta.is_whiteout() {
        return Ok(LayerEntry::Deleted);
    }
    recorded_owners::apply(tree, path, &mut meta).map_err(|cause| unreadable(path, cause))?;
    Ok(LayerEntry::Present(meta))
}

fn is_opaque(tree: &Beneath, path: &[u8]) -> Result<bool, Failure> {
    match tree.xattr(path, whiteout::opaque_attribute()) {
        Ok(value) => Ok(value.is_some_and(|value| value == b"y")),
        Err(Errno::NOENT) => Ok(false), // removed since it was looked up
        Err(cause) => Err(unreadable(path, cause)),
    }
}
