//! Pausing the processes of a group.
use super::group::Group;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const FREEZERS: [(&str, [&str; 2]); 2] = [("cgroup.freeze", ["0", "1"]), ("freezer.state", ["THAWED", "FROZEN"])];

/// Does nothing without a freezer.
pub fn freeze(groups: &[Group], wanted: bool) -> io::Result<()> {
    for (group, (file, words)) in groups.iter().flat_map(|group| FREEZERS.map(|freezer| (group, freezer))) {
        match group.write(file, words[usize::from(wanted)]) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => {}
            written => return written,
        }
    }
    Ok(())
}

/// Also false if no freezer is mounted.
pub fn is_frozen(directories: &[PathBuf]) -> bool {
    let holds = |directory: &Path, file: &str, text: &str| {
        std::fs::read_to_string(directory.join(file)).is_ok_and(|found| found.trim() == text)
    };
    directories.iter().any(|path| FREEZERS.iter().any(|(file, [_, word])| holds(path, file, word)))
}
