//! The verb remove: removes trees whatever their owners and modes, without following links.
use foundation::failure::Failure;
use protocol::RemoveRequest;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat, unlinkat};
use rustix::io::Errno;
use rustix::path::Arg;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Deeper directories are moved up before they are emptied, to limit the number of open descriptors.
const MAX_DEPTH: usize = 64;

pub fn remove(request: &RemoveRequest) -> Result<(), Failure> {
    for path in &request.paths {
        remove_path(path).map_err(|cause| Failure::kernel("TREE_REMOVE", &format!("remove \"{}\"", path.display()), cause))?;
    }
    Ok(())
}

fn remove_path(path: &Path) -> Result<(), Errno> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(Errno::INVAL) };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match rustix::fs::open(parent, flags, Mode::empty()) {
        Ok(parent) => remove_at(parent.as_fd(), name.as_bytes()),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Removes one name with everything below it. Ignores missing files.
pub fn remove_at(parent: BorrowedFd, name: &[u8]) -> Result<(), Errno> {
    match unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(cause) => return Err(cause),
    }
    let Some(directory) = open_directory(parent, name)? else { return Ok(()) };
    // After a round, this directory contains those that were moved up; each round removes MAX_DEPTH more levels.
    loop {
        let mut round = Round { top: directory.as_fd(), has_moved: false };
        round.empty(directory.as_fd(), 0)?;
        if !round.has_moved {
            break;
        }
    }
    remove_empty(parent, name)
}

/// Another process may remove the same tree concurrently.
fn remove_empty(parent: BorrowedFd, name: impl Arg) -> Result<(), Errno> {
    match unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

struct Round<'a> {
    /// Where directories that are too deep are moved.
    top: BorrowedFd<'a>,
    has_moved: bool,
}

impl Round<'_> {
    fn empty(&mut self, directory: BorrowedFd, depth: usize) -> Result<(), Errno> {
        let entries = match Dir::read_from(directory) {
            Err(Errno::NOENT) => return Ok(()), // removed in the meantime
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if entry.file_type() != FileType::Directory {
                match unlinkat(directory, name, AtFlags::empty()) {
                    Ok(()) | Err(Errno::NOENT) => continue,
                    Err(Errno::ISDIR) => {}
                    Err(cause) => return Err(cause),
                }
            }
            if depth == MAX_DEPTH {
                self.has_moved = true;
                move_up(directory, name.to_bytes(), self.top)?;
                continue;
            }
            let Some(below) = open_directory(directory, name.to_bytes())? else { continue };
            self.empty(below.as_fd(), depth + 1)?;
            drop(below);
            remove_empty(directory, name)?;
        }
        Ok(())
    }
}

fn move_up(directory: BorrowedFd, name: &[u8], top: BorrowedFd) -> Result<(), Errno> {
    for number in 0u64.. {
        let fresh = format!(".tsbuild-remove-{number}");
        match rustix::fs::renameat_with(directory, name, top, &fresh[..], rustix::fs::RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => {}
            done => return done,
        }
    }
    Ok(())
}

/// None if it does not exist. A directory without permissions for us gets them first.
fn open_directory(parent: BorrowedFd, name: &[u8]) -> Result<Option<OwnedFd>, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = match openat(parent, name, flags, Mode::empty()) {
        Err(Errno::ACCESS) => {
            rustix::fs::chmodat(parent, name, Mode::RWXU, AtFlags::empty())?;
            openat(parent, name, flags, Mode::empty())
        }
        opened => opened,
    };
    let directory = match opened {
        Ok(directory) => directory,
        Err(Errno::NOENT) => return Ok(None),
        Err(cause) => return Err(cause),
    };
    let mode = Mode::from_raw_mode(rustix::fs::fstat(&directory)?.st_mode);
    if !mode.contains(Mode::WUSR | Mode::XUSR) {
        rustix::fs::fchmod(&directory, Mode::RWXU)?;
    }
    // SECURITY: another filesystem that is mounted here is not part of the tree.
    let above = statat(parent, ".", AtFlags::empty())?.st_dev;
    if rustix::fs::fstat(&directory)?.st_dev != above {
        return Err(Errno::XDEV);
    }
    Ok(Some(directory))
}
