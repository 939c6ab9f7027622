//! The root of a command, for work on its files from outside: as a running one sees it, or mounted for this work alone.
use super::filesystem::{self, CODE};
use super::mount_points::MountPoints;
use super::overlay::Layers;
use super::spec::{Mount, Rootfs, UserRange};
use super::submounts;
use super::user_namespace;
use foundation::failure::Failure;
use foundation::process_identity;
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, open, openat};
use rustix::mount::{MountAttrFlags, MountPropagationFlags, mount_change};
use rustix::thread::UnshareFlags;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum RootSpec {
    /// Of a process: with everything that is mounted there.
    Process { pid: i32, start_ticks: u64 },
    /// No one has it mounted.
    Layers { rootfs: Rootfs, mounts: Vec<Mount> },
}

impl RootSpec {
    /// The process whose user namespace has rights on the root.
    pub fn process(&self) -> Option<i32> {
        match self {
            RootSpec::Process { pid, .. } => Some(*pid),
            RootSpec::Layers { .. } => None,
        }
    }

    /// The IDs of its files, where they are not those of this process.
    pub fn users(&self) -> Option<UserRange> {
        self.process().and_then(user_namespace::range_of)
    }

    /// A directory from which lookups see what is mounted in it. Call it while there is one thread.
    pub fn open(&self) -> Result<OwnedFd, Failure> {
        match self {
            RootSpec::Process { pid, start_ticks } => open_of(*pid, *start_ticks),
            RootSpec::Layers { rootfs, mounts } => mount(rootfs, mounts),
        }
    }

    /// Whether what was opened is still all there: with a process its mounts go.
    pub fn check(&self) -> Result<(), Failure> {
        match self {
            RootSpec::Process { pid, start_ticks } if process_identity::start_ticks(*pid) != Some(*start_ticks) => {
                Err(ended(*pid))
            }
            _ => Ok(()),
        }
    }
}

/// The start time is looked at afterwards: then the root was not that of a later process with the same number.
fn open_of(pid: i32, start_ticks: u64) -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = open(format!("/proc/{pid}/root"), flags, Mode::empty());
    if process_identity::start_ticks(pid) != Some(start_ticks) {
        return Err(ended(pid));
    }
    root.map_err(|errno| Failure::kernel("SANDBOX_ENTER", &format!("open the root of process {pid}"), errno))
}

/// In a mount namespace of this process, with which it goes.
fn mount(rootfs: &Rootfs, mounts: &[Mount]) -> Result<OwnedFd, Failure> {
    let failed = |errno| Failure::kernel(CODE, "make a mount namespace", errno);
    // SAFETY: a new mount namespace changes no descriptor or memory that other code of this process relies on.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }.map_err(failed)?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(failed)?;
    let layers = Layers::open(&rootfs.lowers, (rootfs.upper.as_deref(), rootfs.work.as_deref()), rootfs.volatile, None)?;
    let sources = mounts.iter().map(|mount| submounts::open_source(mount, None)).collect::<Result<Vec<_>, _>>()?;
    let mut points = MountPoints::beneath(layers.mount(false)?);
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
