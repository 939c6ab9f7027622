//! Removing a group with its processes and the groups below it.
use super::CODE;
use crate::failure::Failure;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long, in milliseconds, a process may take to stand still.
const FREEZE_ROUNDS: u32 = 500;

/// The directories of one group, also if somebody else made it. Its members are killed. Everything is tried; the first
/// failure is told.
pub fn remove_all<'p>(directories: impl Iterator<Item = &'p Path> + Clone) -> Result<(), Failure> {
    directories.clone().for_each(thaw);
    directories.map(remove).fold(Ok(()), Result::and)
}

/// Kills the members of the group and of those below it, whatever they start meanwhile. Where that takes no effect, those
/// that remain are killed when the group is removed.
pub fn end_members<'p>(directories: impl Iterator<Item = &'p Path> + Clone) {
    let at_once = |directory: &Path| OpenOptions::new().write(true).open(directory.join("cgroup.kill"))?.write_all(b"1");
    if directories.clone().any(|directory| at_once(directory).is_ok()) {
        return;
    }
    // Who stands still starts no other.
    let frozen: Vec<PathBuf> = directories.clone().map(Path::to_owned).collect();
    let _ = super::freeze(&frozen, true); // then they are killed while they run
    for _ in 0..FREEZE_ROUNDS {
        if !frozen.iter().any(|directory| is_stopping(directory)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    directories.clone().for_each(kill_all);
    let _ = super::freeze(&frozen, false);
    directories.for_each(thaw);
}

/// Not all of its processes stand still yet, as they were told to.
fn is_stopping(directory: &Path) -> bool {
    let reads = |file: &str| std::fs::read_to_string(directory.join(file)).unwrap_or_default();
    reads("freezer.state").trim() == "FREEZING" || reads("cgroup.events").lines().any(|line| line == "frozen 0")
}

/// With those of the groups below.
fn kill_all(directory: &Path) {
    kill_members(directory);
    groups_below(directory).iter().for_each(|below| kill_all(below));
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

/// Version 1 lets frozen processes die only when they go on. Also those that a privileged command has frozen below.
fn thaw(directory: &Path) {
    let file = directory.join("freezer.state");
    if file.exists() {
        let _ = std::fs::write(file, "THAWED"); // the group may be gone meanwhile
        groups_below(directory).iter().for_each(|below| thaw(below));
    }
}
