//! Tests what the sandbox can use on this machine, before it is used.
use crate::cgroup::{self, Hierarchies};
use crate::mounts::filesystem;
use crate::mounts::overlay::Layers;
use crate::mounts::whole_tree::WholeTree;
use crate::networking::network;
use crate::networking::network_helper::NetworkHelper;
use foundation::failure::Failure;
use foundation::owner_record;
use foundation::sys::{self, Fork};
use protocol::CgroupMode;
use rustix::fd::AsFd;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxAttributes, StatxFlags, openat, statx};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{WaitOptions, waitpid};
use rustix::thread::UnshareFlags;
use std::path::{Path, PathBuf};

pub fn cgroup_mode() -> CgroupMode {
    cgroup::mode(&Hierarchies::find())
}

/// Controllers for which this user can set limits.
pub fn cgroup_controllers() -> Result<Vec<String>, Failure> {
    cgroup::usable_controllers()
}

pub fn network_helper() -> Option<PathBuf> {
    NetworkHelper::find().map(|program| program.path)
}

/// For root, whose networks have no separate user namespace.
pub fn may_configure_networks() -> bool {
    network::may_configure()
}

/// Mounts an overlay of `lower`, `upper` and `work` in the directory, in a mount namespace that ends with this process.
pub fn try_overlay(directory: &Path) -> Result<(), Failure> {
    leave_mounts()?;
    let [lower, upper, work] = ["lower", "upper", "work"].map(|name| directory.join(name));
    Layers::open(&[lower], (Some(&upper), Some(&work), false), None)?.mount(false).map(drop)
}

/// Mounts a subdirectory as the root of a command, in a mount namespace that ends with this process.
pub fn try_tree(directory: &Path) -> Result<(), Failure> {
    leave_mounts()?;
    let mount = WholeTree::open(&directory.join("upper"), None)?.mount(false)?;
    filesystem::create("tmpfs", &[], filesystem::PLAIN)?;
    if !owner_record::is_used() {
        return Ok(());
    }
    openat(mount, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|tree| owner_record::try_on(tree.as_fd()))
        .map_err(|errno| Failure::kernel("SANDBOX_PROBE", "record owners on the filesystem of the store", errno))
}

/// Whether the root can be changed: a seccomp filter refuses it before the kernel checks the paths.
pub fn try_pivot() -> Result<(), Failure> {
    match rustix::process::pivot_root("/proc/self/none", "/proc/self/none") {
        Err(Errno::PERM) => Err(Failure::kernel("SANDBOX_PROBE", "change the root", Errno::PERM)),
        _ => Ok(()),
    }
}

fn leave_mounts() -> Result<(), Failure> {
    let failed = |errno| Failure::kernel("SANDBOX_PROBE", "create a mount namespace", errno);
    // SAFETY: a new mount namespace changes no descriptor or memory that other code of this process relies on.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }.map_err(failed)?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(|errno| match errno {
        Errno::INVAL => Failure::new("SANDBOX_PROBE", "Cannot separate the mounts: the root directory is not a mount point"),
        errno => failed(errno),
    })
}

/// False in a plain chroot, whose mounts cannot be separated from those of the machine.
pub fn has_mounted_root() -> bool {
    let root = statx(CWD, "/", AtFlags::empty(), StatxFlags::BASIC_STATS);
    root.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// A /proc can be mounted only from inside a new PID namespace.
pub fn try_proc() -> Result<(), Failure> {
    let failed = |errno| Failure::kernel("SANDBOX_PROBE", "create a process namespace", errno);
    let (side, _) = sys::fork_into((libc::CLONE_NEWPID | libc::CLONE_NEWNS) as u64, None).map_err(failed)?;
    let child = match side {
        Fork::Child => sys::exit_now(filesystem::create("proc", &[], filesystem::PLAIN).is_err().into()),
        Fork::Parent(child) => child,
    };
    let ended = waitpid(Some(child), WaitOptions::empty()).map_err(failed)?;
    match ended.and_then(|(_, status)| status.exit_status()) {
        Some(0) => Ok(()),
        _ => Err(Failure::new("SANDBOX_PROBE", "Cannot mount a /proc: the surrounding container hides parts of its /proc")
            .with_hint(
                "Start the surrounding container with its /proc unmasked (Docker: --security-opt systempaths=unconfined)",
            )),
    }
}

/// Whether calls that concern owners can be answered by another process. This process cannot make such calls afterwards.
pub fn try_owners() -> Result<(), Failure> {
    crate::ownership::install().map(drop)
}
