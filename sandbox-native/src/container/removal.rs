//! Removing what belonged to a container: first out of sight under other names, then gone.
use crate::failure::Failure;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Everything is tried, whatever fails; the first failure is told. Missing paths are fine.
pub fn remove_all(paths: &[PathBuf]) -> Result<(), Failure> {
    let mut first = Ok(());
    for path in paths {
        let removed = remove_one(path)
            .map_err(|cause| Failure::kernel("CONTAINER_IO", &format!("remove \"{}\"", path.display()), cause));
        first = first.and(removed);
    }
    first
}

fn remove_one(path: &Path) -> std::io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause),
    };
    if !found.is_dir() {
        return fs::remove_file(path);
    }
    let aside = aside(path);
    fs::rename(path, &aside)?;
    fs::remove_dir_all(aside)
}

/// A dot in front: no listing shows it, and the next clean-up finishes what was interrupted.
fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".gone-{name}-{}", std::process::id()))
}
