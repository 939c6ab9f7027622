//! Mount points beneath the new root. Missing ones are created, recorded, and removed afterwards.
use super::filesystem::{self, CODE};
use foundation::failure::Failure;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// For mount points that the image, or who chose the target, must change.
const TARGET: &str = "SANDBOX_TARGET";

/// Links followed while resolving one target, as in the kernel.
const MAX_LINKS: usize = 40;

/// They are sent in one message, with the root.
pub const MAX_HELD: usize = 64;

/// SPEC: runc, checkProcMount: statistics of the machine, which grant nothing.
const COVERABLE: [&str; 11] = [
    "/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/net/dev", "/proc/slabinfo", "/proc/stat",
    "/proc/swaps", "/proc/sys/crypto/fips_enabled", "/proc/sys/kernel/ns_last_pid", "/proc/uptime",
];

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Directory,
    /// A directory in which everyone may create files, if it has to be created.
    Scratch,
    File,
}

/// A created file or directory. The path is free of links and relative to the root.
#[derive(Serialize, Deserialize)]
pub struct Made {
    path: Vec<Vec<u8>>,
    is_directory: bool,
}

pub struct MountPoints {
    root: OwnedFd,
    made: Vec<Made>,
    /// Free of links and relative to the root.
    mounted: Vec<Vec<Vec<u8>>>,
}

impl MountPoints {
    pub fn beneath(root: OwnedFd) -> Self {
        MountPoints { root, made: Vec::new(), mounted: Vec::new() }
    }

    pub fn root(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }

    pub fn created_count(&self) -> usize {
        self.made.len()
    }

    pub fn into_created(self) -> Vec<Made> {
        self.made
    }

    /// The target, created with its parents if missing. SECURITY: every component is opened separately and links are
    /// resolved here, so that none leads out of the root (test/attack/mounts/symlinked-mount-target.test.ts).
    pub fn open(&mut self, target: &str, kind: Kind) -> Result<OwnedFd, Failure> {
        let place = self.open_in_any(target, kind)?;
        // SECURITY: tsbuild reads there which users the command may have: an image must not replace the kernel's answer
        // (test/attack/mounts/mounts-over-proc.test.ts).
        if !COVERABLE.contains(&target) && filesystem::is_proc(&place)? {
            let found = format!("Cannot mount \"{target}\": inside /proc, which belongs to the kernel");
            return Err(Failure::new(TARGET, found));
        }
        Ok(place)
    }

    /// Like `open`, but allowed in /proc: for the kernel's own files.
    pub fn open_in_any(&mut self, target: &str, kind: Kind) -> Result<OwnedFd, Failure> {
        let what = if kind == Kind::File { "file" } else { "directory" };
        let doing = format!("create the {what} \"{target}\" to mount on");
        let place = self.walk(target, kind).map_err(|errno| {
            let code = if matches!(errno, Errno::NOTDIR | Errno::LOOP) { TARGET } else { CODE };
            Failure::kernel(code, &doing, errno)
        })?;
        let found =
            if is_directory(&place).map_err(|errno| Failure::kernel(CODE, &doing, errno))? { "directory" } else { "file" };
        if found == what {
            return Ok(place);
        }
        Err(Failure::new(TARGET, format!("Cannot mount a {what} at \"{target}\": a {found} (expected a {what}, or no file)")))
    }

    /// Like `open`, but without links, for the kernel's own mount points. SECURITY: an image must not redirect them.
    pub fn open_plain(&mut self, name: &str) -> Result<OwnedFd, Failure> {
        let link = rustix::fs::readlinkat(&self.root, name.trim_start_matches('/'), Vec::new());
        match link {
            Ok(_) => Err(Failure::new(TARGET, format!("Cannot mount \"{name}\": a link in the root (expected a directory)"))),
            Err(_) => self.open(name, Kind::Directory),
        }
    }

    fn walk(&mut self, target: &str, kind: Kind) -> Result<OwnedFd, Errno> {
        let mut rest: VecDeque<OsString> = components(target.as_bytes());
        let mut path: Vec<(OsString, OwnedFd)> = Vec::new();
        let mut links = 0;
        while let Some(name) = rest.pop_front() {
            if name == ".." {
                path.pop();
                continue;
            }
            let is_last = rest.is_empty();
            let found = self.step(&path, (&name, if is_last { kind } else { Kind::Directory }))?;
            match link_text(&found)? {
                None => path.push((name, found)),
                Some(_) if links == MAX_LINKS => return Err(Errno::LOOP),
                Some(text) => {
                    links += 1;
                    if text.first() == Some(&b'/') {
                        path.clear();
                    }
                    for part in components(&text).into_iter().rev() {
                        rest.push_front(part);
                    }
                }
            }
        }
        self.mounted.push(names_of(&path));
        match path.pop() {
            Some((_, last)) => Ok(last),
            None => reopen(&self.root),
        }
    }

    /// Opens one component; creates it if missing.
    fn step(&mut self, path: &[(OsString, OwnedFd)], (name, kind): (&OsString, Kind)) -> Result<OwnedFd, Errno> {
        let parent = path.last().map_or(self.root.as_fd(), |(_, fd)| fd.as_fd());
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(parent, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => {}
            other => return other,
        }
        match kind {
            Kind::Directory => rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o755))?,
            Kind::Scratch => {
                rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o755))?;
                // SECURITY: not by name: another container with the same volume may have replaced it with a link in the
                // meantime, which would lead to a file of the host (test/attack/mounts/swapped-mount-points.test.ts).
                let opened = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let made = rustix::fs::openat(parent, name, opened, Mode::empty())?;
                rustix::fs::fchmod(made, Mode::from_raw_mode(0o1777))?; // independent of the umask
            }
            Kind::File => drop(rustix::fs::openat(
                parent,
                name,
                OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC,
                Mode::from_raw_mode(0o644),
            )?),
        }
        let opened = rustix::fs::openat(parent, name, flags, Mode::empty());
        let mut names = names_of(path);
        // What is created within another mount does not belong to the root: the root may have a file with that path.
        if !self.mounted.iter().any(|mounted| names.starts_with(mounted)) {
            names.push(name.as_bytes().to_vec());
            self.made.push(Made { path: names, is_directory: kind != Kind::File });
        }
        opened
    }
}

/// Opens the parents of the first created mount points, as many as may be held open.
pub fn hold_parents(root: BorrowedFd<'_>, made: &[Made]) -> Result<Vec<OwnedFd>, Failure> {
    let failed = |errno| Failure::kernel(CODE, "open the parent of a mount point", errno);
    made.iter().take(MAX_HELD).map(|one| open_parent(root, one).map_err(failed)).collect()
}

/// Removes created mount points that are still empty, in reverse order. SPEC: BuildKit keeps the time that a parent got
/// when the mount point was created, not that of the removal. `root` is the root alone, without the mounts; `held` are the
/// parents of the first ones, which the command may have moved.
pub fn remove(root: BorrowedFd<'_>, made: &[Made], held: &[OwnedFd]) -> Result<(), Failure> {
    for (at, one) in made.iter().enumerate().rev() {
        match remove_one(root, one, held.get(at)) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::NOTDIR | Errno::ISDIR | Errno::EXIST | Errno::LOOP) => {}
            Err(errno) => {
                let named = String::from_utf8_lossy(&one.path.join(&b'/')).into_owned();
                return Err(Failure::kernel(CODE, &format!("remove the mount point \"/{named}\""), errno));
            }
        }
    }
    Ok(())
}

fn open_parent(root: BorrowedFd<'_>, one: &Made) -> Result<OwnedFd, Errno> {
    let parts = one.path.split_last().map_or(&[][..], |(_, parts)| parts);
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut parent = rustix::fs::openat(root, ".", flags, Mode::empty())?;
    for part in parts {
        parent = rustix::fs::openat(&parent, &part[..], flags, Mode::empty())?;
    }
    Ok(parent)
}

fn remove_one(root: BorrowedFd<'_>, one: &Made, held: Option<&OwnedFd>) -> Result<(), Errno> {
    let Some(name) = one.path.last() else { return Ok(()) };
    let parent = match held {
        Some(held) => rustix::io::fcntl_dupfd_cloexec(held, 0)?,
        None => open_parent(root, one)?,
    };
    if !one.is_directory && rustix::fs::statat(&parent, &name[..], AtFlags::SYMLINK_NOFOLLOW)?.st_size != 0 {
        return Ok(()); // the command has created something there
    }
    let found = mtime(parent.as_fd())?;
    rustix::fs::unlinkat(&parent, &name[..], if one.is_directory { AtFlags::REMOVEDIR } else { AtFlags::empty() })?;
    let unchanged = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT };
    let times = Timestamps { last_access: unchanged, last_modification: found };
    rustix::fs::futimens(&parent, &times)
}

fn components(path: &[u8]) -> VecDeque<OsString> {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .map(|part| OsString::from_vec(part.to_vec()))
        .collect()
}

fn names_of(path: &[(OsString, OwnedFd)]) -> Vec<Vec<u8>> {
    path.iter().map(|(name, _)| name.as_bytes().to_vec()).collect()
}

fn link_text(found: &OwnedFd) -> Result<Option<Vec<u8>>, Errno> {
    if !rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(found)?.st_mode).is_symlink() {
        return Ok(None);
    }
    Ok(Some(rustix::fs::readlinkat(found, "", Vec::new())?.into_bytes()))
}

fn is_directory(found: &OwnedFd) -> Result<bool, Errno> {
    Ok(rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(found)?.st_mode).is_dir())
}

fn mtime(directory: BorrowedFd<'_>) -> Result<Timespec, Errno> {
    let stat = rustix::fs::fstat(directory)?;
    Ok(Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec as _ })
}

fn reopen(directory: &OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(directory, ".", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}
