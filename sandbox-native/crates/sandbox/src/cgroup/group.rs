//! A directory of a hierarchy, held as a descriptor: reads, writes and kills through it affect this group, not a later
//! group with the same name.
use super::CODE;
use foundation::failure::Failure;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, fstatfs, open, openat, stat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub struct Group {
    directory: OwnedFd,
    path: PathBuf,
}

impl Group {
    /// `None` if it does not exist.
    pub fn open(path: &Path) -> Result<Option<Group>, Failure> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match open(path, flags, Mode::empty()) {
            Ok(directory) => Ok(Some(Group { directory, path: path.to_owned() })),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(Failure::kernel(CODE, &format!("open \"{}\"", path.display()), errno)),
        }
    }

    /// For a path from a request. SECURITY: the file that it was read from may belong to another user and name a directory
    /// with any content (test/attack/stores/planted-state.test.ts).
    pub fn open_named(path: &Path) -> Result<Option<Group>, Failure> {
        let Some(group) = Group::open(path)? else { return Ok(None) };
        if group.is_control_group().map_err(|errno| Failure::kernel(CODE, &format!("open \"{}\"", path.display()), errno))? {
            return Ok(Some(group));
        }
        Err(Failure::new(CODE, format!("Cannot use \"{}\" as a cgroup: on another filesystem", path.display())))
    }

    /// The groups that still exist.
    pub fn open_all_named(paths: &[PathBuf]) -> Result<Vec<Group>, Failure> {
        paths.iter().filter_map(|path| Group::open_named(path).transpose()).collect()
    }

    fn is_control_group(&self) -> Result<bool, Errno> {
        const CGROUP_SUPER_MAGIC: u64 = 0x0027_e0eb;
        const CGROUP2_SUPER_MAGIC: u64 = 0x6367_7270;
        Ok([CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC].contains(&(fstatfs(&self.directory)?.f_type as u64)))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Held until this process exits or drops the group.
    pub fn try_lock(&self) -> bool {
        flock(&self.directory, FlockOperation::NonBlockingLockExclusive).is_ok()
    }

    /// False after it was removed, even if another group has the same name now.
    pub fn has_its_name(&self) -> bool {
        let both = (fstat(&self.directory), stat(&self.path));
        matches!(both, (Ok(own), Ok(named)) if (own.st_dev, own.st_ino) == (named.st_dev, named.st_ino))
    }

    /// Empty if the file does not exist.
    pub fn read(&self, file: &str) -> String {
        let mut text = String::new();
        let opened = openat(&self.directory, file, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
        let _ = opened.map(|opened| File::from(opened).read_to_string(&mut text));
        text
    }

    pub fn write(&self, file: &str, value: &str) -> io::Result<()> {
        File::from(self.open_to_write(file)?).write_all(value.as_bytes())
    }

    pub fn open_to_write(&self, file: &str) -> Result<OwnedFd, Errno> {
        openat(&self.directory, file, OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
    }

    /// Child groups, which a privileged command can create in its group.
    pub fn below(&self) -> Vec<Group> {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        let directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        directories.filter_map(|entry| Group::open(&entry.path()).ok().flatten()).collect()
    }

    /// True if it no longer exists. The kernel refuses if there are processes or child groups. SECURITY: a later group with
    /// the same name that no process has joined yet would be removed as well: the caller has ensured with its lock that the
    /// name belongs to this group.
    pub fn remove(&self) -> io::Result<bool> {
        if !self.has_its_name() {
            return Ok(true);
        }
        match std::fs::remove_dir(&self.path) {
            Ok(()) => Ok(true),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(cause) => Err(cause),
        }
    }
}

impl AsFd for Group {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }
}
