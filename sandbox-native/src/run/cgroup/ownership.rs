//! Who a group belongs to. Its directory is locked by the process that will remove it; the lock dies with that process, and
//! so tells groups that nobody will remove.
use super::{CODE, make};
use crate::failure::Failure;
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open, stat};
use rustix::io::Errno;
use std::path::Path;

/// Makes the group and locks it.
pub fn claim(directory: &Path) -> Result<OwnedFd, Failure> {
    let failed = |errno| Failure::kernel(CODE, &format!("lock \"{}\"", directory.display()), errno);
    loop {
        make(directory)?;
        let lock = match open_directory(directory) {
            Err(Errno::NOENT) => continue,
            opened => opened.map_err(failed)?,
        };
        flock(&lock, FlockOperation::LockExclusive).map_err(failed)?;
        // Between making and locking it may have been swept away.
        let held = fstat(&lock).map_err(failed)?;
        if stat(directory).is_ok_and(|named| (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)) {
            return Ok(lock);
        }
    }
}

/// Removes the groups in this directory that have no owner, with the processes that outlived him. What can't be removed stays.
pub fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for directory in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let Ok(lock) = open_directory(&directory.path()) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            super::end_members(std::iter::once(directory.path().as_path()));
            remove_empty(&directory.path());
        }
    }
}

/// With the groups below it, which the command itself has made. The kernel refuses where there are processes.
fn remove_empty(directory: &Path) {
    for below in super::removal::groups_below(directory) {
        remove_empty(&below);
    }
    let _ = std::fs::remove_dir(directory);
}

fn open_directory(path: &Path) -> Result<OwnedFd, Errno> {
    open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}
