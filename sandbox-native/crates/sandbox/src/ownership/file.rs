//! Files as callers name them, and the records of their owners.
use super::caller::Caller;
use super::credentials::Credentials;
use foundation::owner_record::{self, OF_NAMES, OWN, Record};
use foundation::sys;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, XattrFlags, fstat, getxattr, openat, openat2, removexattr, setxattr,
    statat,
};
use rustix::io::Errno;
use std::ffi::CStr;

/// Where a name exists, or would be created.
pub struct DirectoryEntry {
    pub parent: OwnedFd,
    pub name: Vec<u8>,
}

/// The file only: it cannot be read or written through this descriptor. SECURITY: magic links are not followed here,
/// because those of /proc lead out of the root. Calls that need one are left to the kernel.
pub fn open(caller: &Caller, named: (i32, &[u8]), follow: bool) -> Result<OwnedFd, Errno> {
    let flags = if follow { OFlags::PATH } else { OFlags::PATH | OFlags::NOFOLLOW };
    open_from(caller, named, (flags, ResolveFlags::empty()))
}

/// Resolved only in the way that the caller allows.
pub fn directory_within(caller: &Caller, named: (i32, &[u8]), way: ResolveFlags) -> Result<OwnedFd, Errno> {
    open_from(caller, named, (OFlags::PATH | OFlags::DIRECTORY, way))
}

pub fn entry_of(caller: &Caller, directory: i32, path: &[u8]) -> Result<DirectoryEntry, Errno> {
    entry_within(caller, (directory, path), ResolveFlags::empty())
}

/// Like `entry_of`, resolved only in the way that the caller allows.
pub fn entry_within(caller: &Caller, (directory, path): (i32, &[u8]), way: ResolveFlags) -> Result<DirectoryEntry, Errno> {
    let length = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let path = &path[..length];
    let (parent, name) = match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) => (&b"/"[..], &path[1..]),
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&b"."[..], path),
    };
    if matches!(name, b"" | b"." | b"..") {
        return Err(Errno::INVAL);
    }
    let parent = directory_within(caller, (directory, parent), way)?;
    Ok(DirectoryEntry { parent, name: name.to_vec() })
}

fn open_from(caller: &Caller, (directory, path): (i32, &[u8]), (flags, way): (OFlags, ResolveFlags)) -> Result<OwnedFd, Errno> {
    let (flags, way) = (flags | OFlags::CLOEXEC, way | ResolveFlags::NO_MAGICLINKS);
    match path.first() {
        None => Err(Errno::NOENT),
        Some(b'/') if !way.contains(ResolveFlags::IN_ROOT) => openat2(CWD, path, flags, Mode::empty(), way),
        Some(_) => openat2(caller.open_descriptor(directory)?, path, flags, Mode::empty(), way),
    }
}

pub fn kind_of(mode: u32) -> FileType {
    FileType::from_raw_mode(mode)
}

/// The record of the file or directory itself.
pub fn record_of(file: BorrowedFd) -> Record {
    attribute(file, OWN).and_then(|text| Record::parse(&text)).unwrap_or(Record::ROOT)
}

/// Like `record_of`, without opening the file if the kernel supports it (Linux 6.13): most calls come through here.
pub fn record_at(base: Option<BorrowedFd>, path: &CStr, follow: bool) -> Option<Record> {
    if path.is_empty() {
        return base.map(record_of);
    }
    let mut value = [0u8; 64];
    match sys::getxattrat((base.unwrap_or(CWD), path, follow), c"user.tsbuild.owner", &mut value) {
        Ok(length) => Record::parse(&value[..length]),
        Err(Errno::NOSYS | Errno::PERM) => {
            let flags = if follow { OFlags::PATH } else { OFlags::PATH | OFlags::NOFOLLOW };
            let file = openat(base.unwrap_or(CWD), path, flags | OFlags::CLOEXEC, Mode::empty()).ok()?;
            Some(record_of(file.as_fd()))
        }
        Err(_) => None,
    }
}

pub fn record(file: BorrowedFd, record: Record) -> Result<(), Errno> {
    let path = itself(file);
    let done = match record {
        Record::ROOT => removexattr(path, OWN),
        record => setxattr(path, OWN, record.text().as_bytes(), XattrFlags::empty()),
    };
    done.or_else(|errno| if owner_record::is_absent(errno) { Ok(()) } else { Err(errno) })
}

/// For a user without root's privileges, who must also be able to search a directory.
pub fn may_write(file: BorrowedFd, who: &Credentials) -> Result<bool, Errno> {
    let stat = fstat(file)?;
    let owner = record_of(file);
    let class = match owner {
        _ if who.user.file == 0 => return Ok(true),
        Record { uid, .. } if uid == who.user.file => stat.st_mode >> 6,
        Record { gid, .. } if who.is_in_group(gid) => stat.st_mode >> 3,
        _ => stat.st_mode,
    };
    let wanted = if kind_of(stat.st_mode) == FileType::Directory { 0o3 } else { 0o2 };
    Ok(class & wanted == wanted)
}

impl DirectoryEntry {
    pub fn exists(&self) -> bool {
        statat(&self.parent, &self.name[..], AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// The directory's record of the name.
    pub fn record(&self) -> Record {
        self.names().and_then(|list| owner_record::of_name(&list, &self.name)).unwrap_or(Record::ROOT)
    }

    pub fn names(&self) -> Option<Vec<u8>> {
        attribute(self.parent.as_fd(), OF_NAMES)
    }

    /// A directory whose list is full stores no more records: the owner of a link matters only in archives.
    pub fn keep(&self, record: Record) {
        let before = self.names().unwrap_or_default();
        let after = owner_record::with_name(&before, &self.name, record);
        if after != before {
            let _ = setxattr(itself(self.parent.as_fd()), OF_NAMES, &after, XattrFlags::empty());
        }
    }
}

fn attribute(file: BorrowedFd, name: &str) -> Option<Vec<u8>> {
    let path = itself(file);
    let mut value = vec![0u8; 128];
    loop {
        match getxattr(&path, name, &mut value[..]) {
            Ok(length) => {
                value.truncate(length);
                return Some(value);
            }
            Err(Errno::RANGE) if value.len() < 1 << 17 => value.resize(value.len() * 32, 0),
            Err(_) => return None,
        }
    }
}

/// The path in the host's /proc, which is the working directory.
fn itself(file: BorrowedFd) -> String {
    format!("self/fd/{}", file.as_raw_fd())
}
