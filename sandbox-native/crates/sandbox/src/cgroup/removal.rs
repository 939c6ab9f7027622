//! Removes groups and the processes in them.
use super::group::Group;
use super::{CODE, freezer};
use foundation::failure::Failure;
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::collections::HashSet;
use std::time::Duration;

/// How often to check whether all are paused, a millisecond apart: half a second.
const FREEZE_ROUNDS: u32 = 500;
/// The kernel needs a moment after the last member has exited.
const REMOVAL_ROUNDS: u32 = 1000;
const ROUND: Duration = Duration::from_millis(1);

/// Kills the members first. A failure does not stop the rest; the first one is reported.
pub fn remove_all(groups: &[Group]) -> Result<(), Failure> {
    groups.iter().for_each(thaw);
    groups.iter().map(remove).fold(Ok(()), Result::and)
}

/// Kills the members of the groups and of their children, including processes started in the meantime. Members that remain
/// are killed when the group is removed.
pub fn end_members(groups: &[Group]) {
    if groups.iter().any(|group| group.write("cgroup.kill", "1").is_ok()) {
        return;
    }
    // A frozen process cannot start others.
    let _ = freezer::freeze(groups, true); // if it fails, they are killed while they run
    for _ in 0..FREEZE_ROUNDS {
        if !groups.iter().any(is_stopping) {
            break;
        }
        std::thread::sleep(ROUND);
    }
    groups.iter().for_each(kill_all);
    let _ = freezer::freeze(groups, false);
    groups.iter().for_each(thaw);
}

/// Groups whose members have all been killed, but may not have exited yet. Groups that cannot be removed remain.
pub fn remove_killed(mut groups: Vec<Group>) {
    for _ in 0..FREEZE_ROUNDS {
        groups.retain(|group| !remove_empty(group));
        if groups.is_empty() {
            return;
        }
        std::thread::sleep(ROUND);
    }
}

/// True if it no longer exists, including its children, which the command has created. The kernel refuses if there are
/// processes.
pub fn remove_empty(group: &Group) -> bool {
    group.below().iter().all(remove_empty) && group.remove().is_ok()
}

/// Not all of its processes are paused yet, as requested.
fn is_stopping(group: &Group) -> bool {
    group.read("freezer.state").trim() == "FREEZING" || group.read("cgroup.events").lines().any(|line| line == "frozen 0")
}

/// Including the members of child groups.
fn kill_all(group: &Group) {
    kill_members(group);
    group.below().iter().for_each(kill_all);
}

fn remove(group: &Group) -> Result<(), Failure> {
    for round in 0..=REMOVAL_ROUNDS {
        match group.remove() {
            Ok(_) => return Ok(()),
            Err(cause) if round == REMOVAL_ROUNDS => {
                return Err(Failure::kernel(CODE, &format!("remove \"{}\"", group.path().display()), cause));
            }
            Err(_) => {
                kill_members(group);
                group.below().iter().try_for_each(remove)?;
                std::thread::sleep(ROUND);
            }
        }
    }
    Ok(())
}

/// SECURITY: a PID may have been reused when the signal is sent. The signal goes to a pidfd that was opened before the
/// group listed the PID again.
fn kill_members(group: &Group) {
    /// Each needs a descriptor.
    const AT_ONCE: usize = 64;
    for some in members(group).chunks(AT_ONCE) {
        let opened: Vec<(Pid, OwnedFd)> =
            some.iter().filter_map(|pid| Some((*pid, pidfd_open(*pid, PidfdFlags::empty()).ok()?))).collect();
        let still: HashSet<Pid> = members(group).into_iter().collect();
        for (_, process) in opened.iter().filter(|(pid, _)| still.contains(pid)) {
            let _ = pidfd_send_signal(process, Signal::KILL); // it may have exited in the meantime
        }
    }
}

fn members(group: &Group) -> Vec<Pid> {
    group.read("cgroup.procs").lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)).collect()
}

/// In version 1, frozen processes die only after they are thawed. Includes child groups that a privileged command has frozen.
fn thaw(group: &Group) {
    if group.write("freezer.state", "THAWED").is_ok() {
        group.below().iter().for_each(thaw);
    }
}
