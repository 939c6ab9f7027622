//! The root of a command, for reading or changing its files from outside: as a running one sees it, or mounted temporarily.
use super::filesystem::{self, CODE};
use super::mount_points::MountPoints;
use super::root::Root;
use super::submounts;
use crate::namespaces::user_namespace;
use foundation::failure::Failure;
use foundation::process_identity;
use protocol::{Mount, RootSpec, Rootfs, UserRange};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, openat};
use rustix::mount::{MountAttrFlags, MountPropagationFlags, mount_change};
use rustix::thread::UnshareFlags;

/// The IDs of its files, if they differ from those of this process.
pub fn users(root: &RootSpec) -> Option<UserRange> {
    root.process().and_then(user_namespace::range_of)
}

/// A directory from which lookups see the mounts in it.
pub struct StoredRoot {
    pub directory: OwnedFd,
    /// Its mounts exist while this is open, even if the process exits.
    pub namespace: Option<OwnedFd>,
}

/// Call it while there is only one thread.
pub fn open(root: &RootSpec) -> Result<StoredRoot, Failure> {
    match root {
        RootSpec::Process { pid, start_ticks } => open_of(*pid, *start_ticks),
        RootSpec::Layers { rootfs, mounts } => Ok(StoredRoot { directory: mount(rootfs, mounts)?, namespace: None }),
    }
}

/// Checks the start time afterwards: then the root cannot be that of a later process with the same PID.
fn open_of(pid: i32, start_ticks: u64) -> Result<StoredRoot, Failure> {
    let open = |name: &str, flags| {
        rustix::fs::open(format!("/proc/{pid}/{name}"), flags | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|errno| Failure::kernel("SANDBOX_ENTER", &format!("open the root of process {pid}"), errno))
    };
    let opened = (open("root", OFlags::DIRECTORY), open("ns/mnt", OFlags::empty()));
    if process_identity::start_ticks(pid) != Some(start_ticks) {
        return Err(Failure::new("SANDBOX_ENTER", format!("Cannot open the root of process {pid}: it has exited")));
    }
    Ok(StoredRoot { directory: opened.0?, namespace: Some(opened.1?) })
}

/// In a mount namespace of this process, which ends with it.
fn mount(rootfs: &Rootfs, mounts: &[Mount]) -> Result<OwnedFd, Failure> {
    let failed = |errno| Failure::kernel(CODE, "create a mount namespace", errno);
    // SAFETY: a new mount namespace changes no descriptor or memory that other code of this process relies on.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }.map_err(failed)?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(failed)?;
    let root = Root::open(rootfs, None)?;
    let sources = mounts.iter().map(|mount| submounts::open_source(mount, None)).collect::<Result<Vec<_>, _>>()?;
    let mut points = MountPoints::beneath(root.mount(false)?);
    for (mount, source) in mounts.iter().zip(&sources) {
        submounts::attach((mount, source), &mut points, (None, false))?;
    }
    if rootfs.read_only {
        filesystem::restrict(points.root(), MountAttrFlags::MOUNT_ATTR_RDONLY, "/")?;
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(points.root(), ".", flags, Mode::empty()).map_err(|errno| Failure::kernel(CODE, "open the root", errno))
}
