//! Parts of /proc and /sys that Docker hides or makes read-only.
use super::filesystem::{self, PLAIN};
use foundation::failure::Failure;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, openat2};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags as Attr;

const HIDDEN: [&str; 12] = [
    "proc/acpi", "proc/asound", "proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/sched_debug",
    "proc/scsi", "proc/timer_list", "proc/timer_stats", "sys/devices/virtual/powercap", "sys/firmware",
];

const READ_ONLY: [&str; 5] = ["proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"];

/// A path that does not exist in this kernel needs no mask.
pub fn apply(root: BorrowedFd<'_>, null: &OwnedFd) -> Result<(), Failure> {
    for path in HIDDEN {
        if let Some((place, is_directory)) = find(root, path)? {
            let cover = if is_directory {
                filesystem::create("tmpfs", &[("size", "4k")], PLAIN | Attr::MOUNT_ATTR_RDONLY)?
            } else {
                filesystem::clone(null, false).map_err(|errno| cannot("hide", path, errno))?
            };
            filesystem::attach(cover, place.as_fd(), path)?;
        }
    }
    for path in READ_ONLY {
        if let Some((place, _)) = find(root, path)? {
            let cover = filesystem::clone(&place, true).map_err(|errno| cannot("protect", path, errno))?;
            filesystem::restrict(&cover, PLAIN | Attr::MOUNT_ATTR_RDONLY, true, path)?;
            filesystem::attach(cover, place.as_fd(), path)?;
        }
    }
    Ok(())
}

fn find(root: BorrowedFd<'_>, path: &str) -> Result<Option<(OwnedFd, bool)>, Failure> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS;
    match openat2(root, path, flags, Mode::empty(), resolve) {
        Ok(place) => {
            let stat = fstat(&place).map_err(|errno| cannot("hide", path, errno))?;
            Ok(Some((place, FileType::from_raw_mode(stat.st_mode).is_dir())))
        }
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => Ok(None),
        Err(errno) => Err(cannot("hide", path, errno)),
    }
}

fn cannot(what: &str, path: &str, errno: Errno) -> Failure {
    Failure::kernel(filesystem::CODE, &format!("{what} \"/{path}\""), errno)
}
