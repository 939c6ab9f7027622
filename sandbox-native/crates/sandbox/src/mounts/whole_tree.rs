//! A complete tree as the root of a command, if no overlay can be mounted: a second mount of its directory.
use super::filesystem::{self, CODE};
use crate::namespaces::user_namespace::UserNamespace;
use foundation::failure::Failure;
use foundation::sys;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{StatVfsMountFlags, fstatvfs};
use rustix::mount::MountAttrFlags as Attr;
use std::path::{Path, PathBuf};

/// Attributes of the surrounding filesystem, which an overlay would not inherit.
const OF_SURROUNDING: Attr = Attr::MOUNT_ATTR_NOSUID.union(Attr::MOUNT_ATTR_NODEV).union(Attr::MOUNT_ATTR_NOEXEC);

/// Opened while the host is still visible.
pub struct WholeTree {
    mount: OwnedFd,
    place: PathBuf,
}

impl WholeTree {
    pub fn open(place: &Path, users: Option<&UserNamespace>) -> Result<Self, Failure> {
        let named = place.display().to_string();
        let mount = filesystem::clone(filesystem::open_source(place)?, false).map_err(|errno| cannot_mount(&named, errno))?;
        users.map_or(Ok(()), |users| users.map_ids(&mount, &named))?;
        Ok(WholeTree { mount, place: place.to_owned() })
    }

    /// Mounts it over itself and returns the mount. Devices are disabled unless requested.
    pub fn mount(&self, devices: bool) -> Result<OwnedFd, Failure> {
        let named = self.place.display().to_string();
        // In a user namespace, the kernel keeps attributes that the host has set.
        let _ = sys::mount_clear_attributes(&self.mount, OF_SURROUNDING.bits().into());
        if !devices {
            filesystem::restrict(&self.mount, Attr::MOUNT_ATTR_NODEV, &named)?;
        }
        let flags = fstatvfs(&self.mount).map_err(|errno| cannot_mount(&named, errno))?.f_flag;
        if flags.contains(StatVfsMountFlags::NOEXEC) {
            let found = "its filesystem is mounted with noexec (expected one that allows programs)";
            return Err(Failure::new(CODE, format!("Cannot run programs of \"{named}\": {found}")));
        }
        filesystem::attach(&self.mount, filesystem::open_mount(&self.place)?.as_fd(), &named)?;
        self.mount.try_clone().map_err(|cause| Failure::kernel(CODE, &format!("mount \"{named}\""), cause))
    }
}

fn cannot_mount(named: &str, errno: rustix::io::Errno) -> Failure {
    Failure::kernel(CODE, &format!("mount \"{named}\""), errno)
}
