//! Removing what belonged to a container: directories first out of sight under other names, then gone; its name only
//! if it still has it.
use crate::failure::Failure;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Everything is tried, whatever fails; the first failure is told. Missing paths are fine, and so are links that have
/// come to stand for something else than `owner`.
pub fn remove_all(owner: &OsStr, paths: &[PathBuf]) -> Result<(), Failure> {
    let mut first = Ok(());
    for path in paths {
        let removed = remove_one(owner, path)
            .map_err(|cause| Failure::kernel("CONTAINER_IO", &format!("remove \"{}\"", path.display()), cause));
        first = first.and(removed);
    }
    first
}

fn remove_one(owner: &OsStr, path: &Path) -> std::io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause),
    };
    if found.is_symlink() {
        return if fs::read_link(path)?.as_os_str() == owner { fs::remove_file(path) } else { Ok(()) };
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
