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

/// A directory from which lookups see the mounts in it. Call it while there is only one thread.
pub fn open(root: &RootSpec) -> Result<OwnedFd, Failure> {
    match root {
        RootSpec::Process { pid, start_ticks } => open_of(*pid, *start_ticks),
        RootSpec::Layers { rootfs, mounts } => mount(rootfs, mounts),
    }
}

/// Call it after opening everything: fails if the process has exited, because its mounts end with it.
pub fn check(root: &RootSpec) -> Result<(), Failure> {
    match root {
        RootSpec::Process { pid, start_ticks } if process_identity::start_ticks(*pid) != Some(*start_ticks) => Err(ended(*pid)),
        _ => Ok(()),
    }
}

/// Checks the start time afterwards: then the root cannot be that of a later process with the same PID.
fn open_of(pid: i32, start_ticks: u64) -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(format!("/proc/{pid}/root"), flags, Mode::empty());
    if process_identity::start_ticks(pid) != Some(start_ticks) {
        return Err(ended(pid));
    }
    root.map_err(|errno| Failure::kernel("SANDBOX_ENTER", &format!("open the root of process {pid}"), errno))
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
        filesystem::restrict(points.root(), MountAttrFlags::MOUNT_ATTR_RDONLY, false, "/")?;
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(points.root(), ".", flags, Mode::empty()).map_err(|errno| Failure::kernel(CODE, "open the root", errno))
}

fn ended(pid: i32) -> Failure {
    Failure::new("SANDBOX_ENTER", format!("Cannot reach the root of process {pid}: it has ended"))
}
