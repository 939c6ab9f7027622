//! Who a group belongs to. Its directory is locked by the process that will remove it; the lock dies with that process, and
//! so tells groups that nobody will remove.
use super::hierarchy::OURS;
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
/// SECURITY: others take no locks. Processes are ended only in a directory that is this program's alone, not in the one that
/// a user was given, nor at the top of a hierarchy, where all that the machine runs would be without an owner.
pub fn sweep(parent: &Path) {
    let is_ours_alone = parent.file_name().is_some_and(|name| name == OURS);
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for directory in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let Ok(lock) = open_directory(&directory.path()) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            if is_ours_alone {
                super::end_members(std::iter::once(directory.path().as_path()));
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    /// The signal that ended a member of a group without an owner: that of the sweep, or the one that comes after it.
    fn end_of_member_in(name: &str) -> Option<i32> {
        let room = std::env::temp_dir().join(format!("tsbuild-sweep-{name}-{}", std::process::id()));
        let group = room.join(name).join("group");
        std::fs::create_dir_all(&group).expect("a group");
        let mut member = Command::new("sleep").arg("1000").spawn().expect("a member");
        std::fs::write(group.join("cgroup.procs"), format!("{}\n", member.id())).expect("a list of members");
        sweep(&room.join(name));
        kill_process(Pid::from_child(&member), Signal::TERM).expect("a member that was not waited for");
        let end = member.wait().expect("its end");
        std::fs::remove_dir_all(&room).expect("nothing else is there");
        end.signal()
    }

    #[test]
    fn processes_are_ended_in_our_own_directory_only() {
        assert_eq!(end_of_member_in(OURS), Some(libc::SIGKILL));
        assert_eq!(end_of_member_in("memory"), Some(libc::SIGTERM));
    }
}
