//! A directory of the host from which paths cannot escape: every path is resolved beneath it, without following links.
use super::file_capabilities;
use crate::tree::file_tree::{Xattrs, is_portable_xattr};
use crate::tree::meta::Meta;
use crate::tree::path;
use foundation::failure::Failure;
use rustix::fs::{AtFlags, Dir, Mode, OFlags, ResolveFlags, openat, openat2, readlinkat, statat};
use rustix::io::{Errno, Result};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::OnceLock;

pub struct Beneath {
    root: OwnedFd,
}

impl Beneath {
    pub fn open(root: &Path) -> std::result::Result<Beneath, Failure> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(root, flags, Mode::empty())
            .map_err(|cause| Failure::kernel("TREE_READ", &format!("open directory \"{}\"", root.display()), cause))?;
        Ok(Beneath { root })
    }

    /// A directory that is open for reading.
    pub fn at(root: OwnedFd) -> Beneath {
        Beneath { root }
    }

    pub fn root(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }

    pub fn open_dir(&self, path: &[u8]) -> Result<OwnedFd> {
        self.open_at(path, OFlags::RDONLY | OFlags::DIRECTORY)
    }

    /// Does not wait for the other end of a FIFO.
    pub fn open_file(&self, path: &[u8]) -> Result<File> {
        self.open_at(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY).map(File::from)
    }

    pub fn stat(&self, path: &[u8]) -> Result<Option<Meta>> {
        let (directory, name) = path::split(path);
        let found = if path.is_empty() {
            rustix::fs::fstat(&self.root)
        } else if directory.is_empty() {
            statat(&self.root, name, AtFlags::SYMLINK_NOFOLLOW)
        } else {
            self.open_at(directory, OFlags::PATH | OFlags::DIRECTORY)
                .and_then(|parent| statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW))
        };
        match found {
            Ok(stat) => Ok(Some(Meta::from_stat(&stat))),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// Whether the path is a mount point. False if the kernel cannot report it.
    pub fn is_mount_point(&self, path: &[u8]) -> Result<bool> {
        let (directory, name) = path::split(path);
        let parent = self.open_at(directory, OFlags::PATH | OFlags::DIRECTORY)?;
        let found = rustix::fs::statx(&parent, name, AtFlags::SYMLINK_NOFOLLOW, rustix::fs::StatxFlags::empty())?;
        Ok(found.stx_attributes.contains(rustix::fs::StatxAttributes::MOUNT_ROOT))
    }

    pub fn read_link(&self, path: &[u8]) -> Result<Vec<u8>> {
        let (directory, name) = path::split(path);
        let parent = self.open_at(directory, OFlags::PATH | OFlags::DIRECTORY)?;
        Ok(readlinkat(&parent, name, Vec::new())?.into_bytes())
    }

    /// Entries sorted by name; entries that are removed in the meantime are omitted.
    pub fn list(&self, path: &[u8]) -> Result<Vec<(Vec<u8>, Meta)>> {
        Beneath::list_open(&self.open_dir(path)?)
    }

    pub fn list_open(directory: &OwnedFd) -> Result<Vec<(Vec<u8>, Meta)>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(directory)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_bytes() == b"." || name.to_bytes() == b".." {
                continue;
            }
            match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => entries.push((name.to_bytes().to_vec(), Meta::from_stat(&stat))),
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno),
            }
        }
        entries.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(entries)
    }

    /// The attribute of a directory or regular file, if present.
    pub fn xattr(&self, path: &[u8], name: &str) -> Result<Option<Vec<u8>>> {
        let file = self.open_file(path)?;
        read_xattr(file.as_fd(), name.as_bytes())
    }

    /// Opens a path beneath the root without following links, including the last component.
    fn open_at(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let path = if path.is_empty() { &b"."[..] } else { path };
        if has_openat2(self.root.as_fd()) {
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
            return openat2(&self.root, path, flags, Mode::empty(), resolve);
        }
        open_by_components(self.root.as_fd(), path, flags)
    }
}

/// Missing in old kernels, and refused by old seccomp profiles of containers that tsbuild may run in.
fn has_openat2(root: BorrowedFd) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        !matches!(openat2(root, ".", flags, Mode::empty(), ResolveFlags::BENEATH), Err(Errno::NOSYS | Errno::PERM))
    })
}

fn open_by_components(root: BorrowedFd, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
    let (directory, name) = path::split(path);
    let mut parent: Option<OwnedFd> = None;
    for part in path::components(directory) {
        let through = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let at = parent.as_ref().map_or(root, |fd| fd.as_fd());
        parent = Some(openat(at, part, through, Mode::empty())?);
    }
    openat(parent.as_ref().map_or(root, |fd| fd.as_fd()), name, flags, Mode::empty())
}

/// The attributes that are stored in layers.
pub fn portable_xattrs(file: BorrowedFd) -> Result<Xattrs> {
    let mut found = Xattrs::new();
    for name in list_xattrs(file)? {
        if !is_portable_xattr(&name) {
            continue;
        }
        if let Some(value) = read_xattr(file, &name)? {
            let value = if name == b"security.capability" { file_capabilities::portable(value) } else { value };
            found.push((name, value));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn list_xattrs(file: BorrowedFd) -> Result<Vec<Vec<u8>>> {
    let mut names = vec![0u8; 256];
    loop {
        match rustix::fs::flistxattr(file, &mut names[..]) {
            Ok(0) | Err(Errno::NOTSUP) => return Ok(Vec::new()),
            Ok(length) => {
                let parts = names[..length].split(|byte| *byte == 0);
                return Ok(parts.filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect());
            }
            Err(Errno::RANGE) => names.resize(names.len() * 16, 0),
            Err(errno) => return Err(errno),
        }
    }
}

pub fn read_xattr(file: BorrowedFd, name: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut value = vec![0u8; 1024];
    loop {
        match rustix::fs::fgetxattr(file, name, &mut value[..]) {
            Ok(length) => {
                value.truncate(length);
                return Ok(Some(value));
            }
            Err(Errno::NODATA | Errno::NOTSUP) => return Ok(None),
            Err(Errno::RANGE) => value.resize(value.len() * 64, 0),
            Err(errno) => return Err(errno),
        }
    }
}
