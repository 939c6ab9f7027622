//! Removal of a container: its directories are renamed first and then deleted; its name is removed only if it still belongs
//! to it, its volumes only if no other container uses them.
use foundation::failure::Failure;
use protocol::RemoveRequest;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Hides the paths at once: renames directories, and returns the new names for removal. Ignores missing paths, links that
/// now point elsewhere than to the `container`'s directory, and directories that another container has come to use.
pub fn hide_all(container: &Path, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut hidden = Vec::new();
    for path in paths {
        hidden.extend(hide(container, path).map_err(|cause| cannot_remove(path, cause))?);
    }
    Ok(hidden)
}

/// A failure does not stop the rest; the first one is reported.
pub fn remove_all(directories: Vec<PathBuf>) -> Result<(), Failure> {
    let removed = directories.into_iter().map(|path| trees::remove(&RemoveRequest { paths: vec![path] }));
    removed.fold(Ok(()), Result::and)
}

fn hide(container: &Path, path: &Path) -> std::io::Result<Option<PathBuf>> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    if found.is_symlink() {
        if Some(fs::read_link(path)?.as_os_str()) == container.file_name() {
            fs::remove_file(path)?;
        }
        return Ok(None);
    }
    if path != container && is_shared(container, path)? {
        return Ok(None);
    }
    let hidden = hidden(path);
    fs::rename(path, &hidden)?;
    Ok(Some(hidden))
}

/// True for a volume that another container also mounts (`--volumes-from`): its config.json contains the name, which is random.
fn is_shared(container: &Path, volume: &Path) -> std::io::Result<bool> {
    let (Some(all), Some(name)) = (container.parent(), volume.file_name()) else { return Ok(false) };
    for other in fs::read_dir(all)? {
        let other = other?;
        let is_hidden = other.file_name().as_encoded_bytes().starts_with(b".gone-");
        if is_hidden || other.path() == container {
            continue;
        }
        match fs::read(other.path().join("config.json")) {
            Ok(text) if contains(&text, name.as_encoded_bytes()) => return Ok(true),
            Err(cause) if !matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Err(cause),
            _ => {}
        }
    }
    Ok(false)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    !word.is_empty() && text.windows(word.len()).any(|window| window == word)
}

fn cannot_remove(path: &Path, cause: std::io::Error) -> Failure {
    Failure::kernel("CONTAINER_IO", &format!("remove \"{}\"", path.display()), cause)
}

/// With a leading dot: listings ignore it, and the next clean-up completes an interrupted removal.
fn hidden(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".gone-{name}-{}", std::process::id()))
}
