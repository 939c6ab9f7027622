//! Removing a group with its processes and the groups below it.
use super::CODE;
use crate::failure::Failure;
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The directories of one group, also if somebody else made it. Its members are killed. Everything is tried; the first
/// failure is told.
pub fn remove_all<'p>(directories: impl Iterator<Item = &'p Path> + Clone) -> Result<(), Failure> {
    directories.clone().for_each(thaw);
    directories.map(remove).fold(Ok(()), Result::and)
}

/// The kernel needs a moment after the last member.
fn remove(directory: &Path) -> Result<(), Failure> {
    const ROUNDS: u32 = 1000;
    for round in 0..=ROUNDS {
        match std::fs::remove_dir(directory) {
            Ok(()) => return Ok(()),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(cause) if round == ROUNDS => {
                return Err(Failure::kernel(CODE, &format!("remove \"{}\"", directory.display()), cause));
            }
            Err(_) => {
                kill_members(directory);
                groups_below(directory).iter().try_for_each(|below| remove(below))?;
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
    Ok(())
}

/// A privileged command can make groups of its own in its group.
pub fn groups_below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

fn kill_members(directory: &Path) {
    let members = std::fs::read_to_string(directory.join("cgroup.procs")).unwrap_or_default();
    for pid in members.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)) {
        let _ = kill_process(pid, Signal::KILL); // it may have ended meanwhile
    }
}

/// Version 1 lets frozen processes die only when they go on.
fn thaw(directory: &Path) {
    let file = directory.join("freezer.state");
    if file.exists() {
        let _ = std::fs::write(file, "THAWED"); // the group may be gone meanwhile
    }
}
