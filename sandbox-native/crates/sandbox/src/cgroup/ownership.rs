//! Which process owns a group. The process that will remove the group locks its directory; the lock is released when the
//! process exits, which identifies groups without an owner.
use super::group::Group;
use super::hierarchy::OURS;
use super::{CODE, make, removal};
use foundation::failure::Failure;
use foundation::signals;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longer than a sweep, or the end of the previous container with the same name, holds a group.
const PATIENCE: Duration = Duration::from_secs(10);
const ROUND: Duration = Duration::from_millis(5);

/// Creates the group and locks it.
pub fn claim(directory: &Path) -> Result<Group, Failure> {
    claim_until(directory, Instant::now() + PATIENCE)
}

/// A container of a copied store has the same group name as the original container.
fn claim_until(directory: &Path, end: Instant) -> Result<Group, Failure> {
    loop {
        make(directory)?;
        let Some(group) = Group::open(directory)? else { continue };
        // A sweep may have removed it between creation and locking.
        if group.try_lock() && group.has_its_name() {
            return Ok(group);
        }
        signals::fail_if_cancelled()?;
        if Instant::now() >= end {
            let found = "a container with the same ID, from a copy of this store, is running";
            return Err(Failure::new(CODE, format!("Cannot use the cgroup \"{}\": {found}", directory.display())));
        }
        sleep(ROUND);
    }
}

/// Removes the groups in this directory that have no owner, and the processes that outlived the owner. Groups that cannot
/// be removed remain. SECURITY: other programs take no locks. Processes are killed only in a directory of tsbuild, not in
/// one that was delegated to a user nor at the top of a hierarchy, where every group of the machine would count as
/// ownerless.
pub fn sweep(parent: &Path) {
    let is_dedicated = parent.file_name().is_some_and(|name| name == OURS);
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    let directories = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let groups = directories.filter_map(|entry| Group::open(&entry.path()).ok().flatten());
    let ownerless: Vec<Group> = groups.filter(has_no_owner).collect();
    if !is_dedicated {
        for group in &ownerless {
            removal::remove_empty(group);
        }
        return;
    }
    ownerless.iter().for_each(|group| removal::end_members(std::slice::from_ref(group)));
    removal::remove_killed(ownerless);
}

/// Locks it. Between opening and locking, its owner may have removed it, and another process created and joined a group
/// with the same name.
fn has_no_owner(group: &Group) -> bool {
    group.try_lock() && group.has_its_name()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    #[test]
    fn waiting_for_a_group_of_another_container_has_a_limit() {
        let group = std::env::temp_dir().join(format!("tsbuild-claim-{}", std::process::id()));
        let owner = claim(&group).expect("a free name");
        let soon = Instant::now() + Duration::from_millis(50);
        let refused = claim_until(&group, soon).err().map(|failure| failure.message);
        assert!(refused.is_some_and(|text| text.contains("a container with the same ID")));
        drop(owner);
        claim_until(&group, soon).expect("the name is free again");
        std::fs::remove_dir(&group).expect("an empty group");
    }

    /// The signal that ended a member of an ownerless group: that of the sweep, or a later one.
    fn end_of_member_in(name: &str) -> Option<i32> {
        let room = std::env::temp_dir().join(format!("tsbuild-sweep-{name}-{}", std::process::id()));
        let group = room.join(name).join("group");
        std::fs::create_dir_all(&group).expect("a group");
        let mut member = Command::new("sleep").arg("1000").spawn().expect("a member");
        std::fs::write(group.join("cgroup.procs"), format!("{}\n", member.id())).expect("a list of members");
        sweep(&room.join(name));
        kill_process(Pid::from_child(&member), Signal::TERM).expect("a member that was not waited for");
        let end = member.wait().expect("its end");
        std::fs::remove_dir_all(&room).expect("a removable directory");
        end.signal()
    }

    /// The kernel keeps a group until the last of its killed members has exited.
    #[test]
    fn removal_is_retried_while_members_are_exiting() {
        let room = std::env::temp_dir().join(format!("tsbuild-sweep-dying-{}", std::process::id()));
        let group = room.join(OURS).join("group");
        std::fs::create_dir_all(&group).expect("a group");
        let obstacle = group.join("in-the-way");
        std::fs::write(&obstacle, "").expect("an obstacle");
        let ending = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            std::fs::remove_file(obstacle).expect("the obstacle");
        });
        sweep(&room.join(OURS));
        ending.join().expect("its end");
        assert!(!group.exists());
        std::fs::remove_dir_all(&room).expect("a removable directory");
    }

    /// Between opening and locking, the owner of a group may have removed it and another process created one with the same
    /// name.
    #[test]
    fn a_later_group_with_the_same_name_is_kept() {
        let group = std::env::temp_dir().join(format!("tsbuild-sweep-later-{}", std::process::id()));
        std::fs::create_dir(&group).expect("a group");
        let opened = Group::open(&group).expect("a directory").expect("which is there");
        assert!(opened.has_its_name());
        std::fs::remove_dir(&group).expect("an empty group");
        std::fs::create_dir(&group).expect("a later group");
        let is_swept = has_no_owner(&opened);
        let is_removed = opened.remove().is_ok() && !group.exists();
        let _ = std::fs::remove_dir(&group);
        assert!(!is_swept && !is_removed);
    }

    #[test]
    fn processes_are_killed_only_in_our_own_directory() {
        assert_eq!(end_of_member_in(OURS), Some(libc::SIGKILL));
        assert_eq!(end_of_member_in("memory"), Some(libc::SIGTERM));
    }
}
