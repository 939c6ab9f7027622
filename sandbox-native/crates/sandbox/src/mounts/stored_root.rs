//! The root of a command, for work on its files from outside: as a running one sees it, or mounted for this work alone.
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

/// The IDs of its files, where they are not those of this process.
pub fn users(root: &RootSpec) -> Option<UserRange> {
    root.process().and_then(user_namespace::range_of)
}

/// A directory from which lookups see what is mounted in it. Call it while there is one thread.
pub fn open(root: &RootSpec) -> Result<OwnedFd, Failure> {
    match root {
        RootSpec::Process { pid, start_ticks } => open_of(*pid, *start_ticks),
        RootSpec::Layers { rootfs, mounts } => mount(rootfs, mounts),
    }
}

/// Whether everything that was opened is still there: a process's mounts end with it.
pub fn check(root: &RootSpec) -> Result<(), Failure> {
    match root {
        RootSpec::Process { pid, start_ticks } if process_identity::start_ticks(*pid) != Some(*start_ticks) => Err(ended(*pid)),
        _ => Ok(()),
    }
}

/// The start time is looked at afterwards: then the root was not that of a later process with the same number.
fn open_of(pid: i32, start_ticks: u64) -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(format!("/proc/{pid}/root"), flags, Mode::empty());
    if process_identity::start_ticks(pid) != Some(start_ticks) {
        return Err(ended(pid));
    }
    root.map_err(|errno| Failure::kernel("SANDBOX_ENTER", &format!("open the root of process {pid}"), errno))
}

/// In a mount namespace of this process, with which it goes.
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
