//! Removing what belonged to a container: directories first out of sight under other names, then gone; its name only
//! if it still has it.
use crate::failure::Failure;
use crate::tree::{self, request::RemoveRequest};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Takes them out of sight at once: directories under other names, which are given back to be removed. Missing paths
/// are fine, and so are links that have come to stand for something else than `owner`.
pub fn hide_all(owner: &OsStr, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut hidden = Vec::new();
    for path in paths {
        hidden.extend(hide(owner, path).map_err(|cause| cannot_remove(path, cause))?);
    }
    Ok(hidden)
}

/// Everything is tried, whatever fails; the first failure is told.
pub fn remove_all(directories: Vec<PathBuf>) -> Result<(), Failure> {
    let removed = directories.into_iter().map(|path| tree::remove(&RemoveRequest { paths: vec![path] }));
    removed.fold(Ok(()), Result::and)
}

fn hide(owner: &OsStr, path: &Path) -> std::io::Result<Option<PathBuf>> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    if found.is_symlink() {
        if fs::read_link(path)?.as_os_str() == owner {
            fs::remove_file(path)?;
        }
        return Ok(None);
    }
    let aside = aside(path);
    fs::rename(path, &aside)?;
    Ok(Some(aside))
}

fn cannot_remove(path: &Path, cause: std::io::Error) -> Failure {
    Failure::kernel("CONTAINER_IO", &format!("remove \"{}\"", path.display()), cause)
}

/// A dot in front: no listing shows it, and the next clean-up finishes what was interrupted.
fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".gone-{name}-{}", std::process::id()))
}
