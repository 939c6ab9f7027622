//! A file or directory that is placed in the tree while a command runs, like a mount: an existing one is moved aside and
//! restored, and the parent directory keeps its times.
use foundation::failure::Failure;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, fstat, futimens, open, renameat, statat, unlinkat};
use rustix::io::Errno;
use sandbox::mount_points::{Kind, MountPoints};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use trees::remove_at;

const CODE: &str = "SANDBOX_MOUNT";

pub struct Placement {
    /// Held open: it remains this directory, whatever the command does to the path.
    parent: OwnedFd,
    name: Vec<u8>,
    /// The previous content.
    stashed: PathBuf,
    kind: Kind,
    /// Where the content is moved back; otherwise it is removed.
    home: Option<PathBuf>,
    /// There was nothing before.
    is_made: bool,
}

/// What is placed.
pub struct Content<'a> {
    /// Must be in the filesystem of the tree.
    pub source: &'a Path,
    /// It is moved back; otherwise it is removed.
    pub returns: bool,
    /// Where the previous content is moved.
    pub stashed: PathBuf,
}

impl Placement {
    pub fn put(points: &mut MountPoints, (target, kind): (&str, Kind), content: Content) -> Result<Placement, Failure> {
        let Content { source, returns, stashed } = content;
        let failed = |errno| Failure::kernel(CODE, &format!("place \"{target}\" in the root of the step"), errno);
        let made_before = points.created_count();
        let place = points.open(target, kind)?;
        let is_made = points.created_count() > made_before;
        let path = rustix::fs::readlink(format!("/proc/self/fd/{}", place.as_raw_fd()), Vec::new()).map_err(failed)?;
        let path = Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()));
        let root = rustix::fs::fstat(points.root()).map_err(failed)?;
        let found = fstat(&place).map_err(failed)?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(failed(Errno::INVAL)) };
        if (root.st_dev, root.st_ino) == (found.st_dev, found.st_ino) {
            return Err(Failure::new("SANDBOX_TARGET", format!("Cannot mount over \"{target}\": the root of the step")));
        }
        let parent = open(parent, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
        let placement = Placement {
            parent,
            name: name.as_bytes().to_vec(),
            stashed,
            kind,
            home: returns.then(|| source.to_owned()),
            is_made,
        };
        placement
            .keeping_times(|| {
                renameat(&placement.parent, &placement.name[..], rustix::fs::CWD, &placement.stashed)?;
                renameat(rustix::fs::CWD, source, &placement.parent, &placement.name[..]).inspect_err(|_| {
                    let _ = placement.bring_back(); // the first failure is reported
                })
            })
            .map_err(failed)?;
        Ok(placement)
    }

    pub fn remove(&self) -> Result<(), Failure> {
        let removed = self.keeping_times(|| {
            match &self.home {
                Some(home) => self.return_to(home)?,
                None => remove_at(self.parent.as_fd(), &self.name)?,
            }
            self.bring_back()
        });
        let name = String::from_utf8_lossy(&self.name);
        removed.map_err(|errno| Failure::kernel(CODE, &format!("remove \"{name}\" from the root of the step"), errno))
    }

    /// SECURITY: what a command puts in place of a directory would become the cache of the next step; a link could expose
    /// any directory. If nothing remains, nothing is moved back: the cache starts again with its base, mode and owner.
    fn return_to(&self, home: &Path) -> Result<(), Errno> {
        if self.kind != Kind::File && !self.is_directory_there()? {
            remove_at(self.parent.as_fd(), &self.name)?;
        }
        match renameat(&self.parent, &self.name[..], rustix::fs::CWD, home) {
            Err(Errno::NOENT) => Ok(()),
            other => other,
        }
    }

    fn is_directory_there(&self) -> Result<bool, Errno> {
        match statat(&self.parent, &self.name[..], AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(FileType::from_raw_mode(found.st_mode).is_dir()),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    /// Removes the created mount point, wherever the command has moved its parent directory.
    pub fn remove_point(&self) -> Result<(), Failure> {
        if !self.is_made {
            return Ok(());
        }
        let removed = self.keeping_times(|| match unlinkat(&self.parent, &self.name[..], AtFlags::REMOVEDIR) {
            Err(Errno::NOTDIR) => unlinkat(&self.parent, &self.name[..], AtFlags::empty()),
            other => other,
        });
        match removed {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY) => Ok(()),
            Err(errno) => Err(Failure::kernel(CODE, "remove a mount point of the step", errno)),
        }
    }

    fn bring_back(&self) -> Result<(), Errno> {
        match renameat(rustix::fs::CWD, &self.stashed, &self.parent, &self.name[..]) {
            Err(Errno::NOENT) if statat(&self.parent, ".", AtFlags::empty())?.st_nlink == 0 => Ok(()), // its parent directory was removed
            other => other,
        }
    }

    fn keeping_times(&self, change: impl FnOnce() -> Result<(), Errno>) -> Result<(), Errno> {
        let before = fstat(&self.parent)?;
        change()?;
        let time = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
        let kept = Timestamps {
            last_access: time(0, rustix::fs::UTIME_OMIT),
            last_modification: time(before.st_mtime, before.st_mtime_nsec as i64),
        };
        futimens(&self.parent, &kept)
    }
}
