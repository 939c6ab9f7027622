//! The root of a command: layers stacked by an overlay, or a tree that contains all of them.
use super::filesystem::CODE;
use super::overlay::Layers;
use super::whole_tree::WholeTree;
use crate::namespaces::user_namespace::UserNamespace;
use foundation::failure::Failure;
use protocol::Rootfs;
use rustix::fd::OwnedFd;

/// Opened while the host is still visible.
pub enum Root {
    Layers(Layers),
    Tree(WholeTree),
}

impl Root {
    pub fn open(rootfs: &Rootfs, users: Option<&UserNamespace>) -> Result<Self, Failure> {
        let Some(tree) = &rootfs.tree else {
            let changes = (rootfs.upper.as_deref(), rootfs.work.as_deref(), rootfs.volatile);
            return Layers::open(&rootfs.lowers, changes, users).map(Root::Layers);
        };
        if !rootfs.lowers.is_empty() || rootfs.upper.is_some() || rootfs.work.is_some() {
            return Err(Failure::new(CODE, "Cannot mount the root: both a complete tree and layers (expected one of them)"));
        }
        WholeTree::open(tree, users).map(Root::Tree)
    }

    /// Devices are disabled unless requested.
    pub fn mount(&self, devices: bool) -> Result<OwnedFd, Failure> {
        match self {
            Root::Layers(layers) => layers.mount(devices),
            Root::Tree(tree) => tree.mount(devices),
        }
    }
}
