//! Mounts as descriptors: created detached, given their attributes, then attached to a place that was resolved before.
use foundation::failure::Failure;
use foundation::sys;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::CWD;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_flag,
    fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};
use std::path::Path;

pub const CODE: &str = "SANDBOX_MOUNT";

/// The usual attributes of kernel filesystems.
pub const PLAIN: MountAttrFlags =
    MountAttrFlags::MOUNT_ATTR_NOSUID.union(MountAttrFlags::MOUNT_ATTR_NODEV).union(MountAttrFlags::MOUNT_ATTR_NOEXEC);

/// A new, detached filesystem. An option without a value is a flag.
pub fn create(kind: &str, options: &[(&str, &str)], attributes: MountAttrFlags) -> Result<OwnedFd, Failure> {
    let failed = |errno| Failure::kernel(CODE, &format!("mount a new \"{kind}\""), errno);
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC).map_err(failed)?;
    // The device that `mount` shows; an option may set another.
    if options.iter().all(|(name, _)| *name != "source") {
        fsconfig_set_string(context.as_fd(), "source", kind).map_err(failed)?;
    }
    for (name, value) in options {
        let set = match *value {
            "" => fsconfig_set_flag(context.as_fd(), *name),
            value => fsconfig_set_string(context.as_fd(), *name, value),
        };
        set.map_err(failed)?;
    }
    fsconfig_create(context.as_fd()).map_err(failed)?;
    fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes).map_err(failed)
}

/// A second, detached mount of `source`.
pub fn clone(source: impl AsFd, recursive: bool) -> Result<OwnedFd, rustix::io::Errno> {
    let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    open_tree(source, "", flags)
}

/// Attaches a detached mount to a place.
pub fn attach(mount: impl AsFd, place: BorrowedFd<'_>, named: &str) -> Result<(), Failure> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(mount, "", place, "", flags).map_err(|errno| Failure::kernel(CODE, &format!("mount \"{named}\""), errno))
}

/// A tmpfs that is attached while parts of it are cloned: the kernel cannot clone parts of a detached mount.
pub struct Scratch(OwnedFd);

impl Scratch {
    /// Attached over the root of this process, where lookups that start at the root do not see it.
    pub fn attach(attributes: MountAttrFlags) -> Result<Self, Failure> {
        let tmpfs = create("tmpfs", &[("mode", "0755")], attributes)?;
        attach(&tmpfs, open_source(Path::new("/"))?.as_fd(), "/")?;
        Ok(Scratch(tmpfs))
    }

    pub fn directory(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// SECURITY: a mount that remains over the old root would be removed in its place when the root is changed.
    pub fn detach(self) -> Result<(), Failure> {
        use rustix::fd::AsRawFd;
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        rustix::mount::unmount(path, rustix::mount::UnmountFlags::DETACH)
            .map_err(|errno| Failure::kernel(CODE, "detach a temporary mount", errno))
    }
}

/// Whether the kernel's procfs is mounted there.
pub fn is_proc(place: impl AsFd) -> Result<bool, Failure> {
    let found = rustix::fs::fstatfs(place).map_err(|errno| Failure::kernel(CODE, "inspect a mount point", errno))?;
    Ok(found.f_type as u64 == rustix::fs::PROC_SUPER_MAGIC as u64)
}

pub fn restrict(mount: impl AsFd, attributes: MountAttrFlags, named: &str) -> Result<(), Failure> {
    sys::mount_setattr(mount, attributes.bits().into(), false).map_err(|errno| cannot_restrict(named, errno))
}

/// Like `restrict`, with the mounts below it.
pub fn restrict_all(mount: impl AsFd, attributes: MountAttrFlags, named: &str) -> Result<(), Failure> {
    sys::mount_setattr(mount, attributes.bits().into(), true).map_err(|errno| cannot_restrict(named, errno))
}

fn cannot_restrict(named: &str, errno: rustix::io::Errno) -> Failure {
    Failure::kernel(CODE, &format!("restrict the mount \"{named}\""), errno)
}

/// The current mount at the path.
pub fn open_mount(path: &Path) -> Result<OwnedFd, Failure> {
    open_tree(CWD, path, OpenTreeFlags::OPEN_TREE_CLOEXEC)
        .map_err(|errno| Failure::kernel(CODE, &format!("open \"{}\"", path.display()), errno))
}

/// A path of the host, for use after the mount namespace has changed.
pub fn open_source(path: &Path) -> Result<OwnedFd, Failure> {
    use rustix::fs::{Mode, OFlags, open};
    open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| Failure::kernel(CODE, &format!("open \"{}\"", path.display()), errno))
}
