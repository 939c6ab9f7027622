//! Calls that create files. Files that root creates in ordinary directories belong to root without a record, and the kernel
//! creates them; all others are created here, because the record must exist before any process sees the file.
use super::caller::{Caller, PathArgument};
use super::credentials::Credentials;
use super::file::{self, DirectoryEntry};
use super::listener::Answer;
use foundation::owner_record::{Device, Record};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, mknodat, openat, symlinkat};
use rustix::io::Errno;
use std::os::raw::c_int;

/// Arguments of `open` and similar calls.
pub struct Opening {
    pub path: PathArgument,
    pub flags: u32,
    pub mode: u32,
    /// RESOLVE_… of openat2.
    pub way: ResolveFlags,
}

impl Opening {
    pub fn plain(path: PathArgument, flags: u32, mode: u32) -> Opening {
        Opening { path, flags, mode, way: ResolveFlags::empty() }
    }

    /// openat2, whose flags must be read from memory.
    pub fn extended(caller: &Caller) -> Result<Opening, Errno> {
        let mut how = [0u8; 24];
        caller.read(caller.argument(2), &mut how)?;
        let number = |at: usize| u32::from_ne_bytes([how[at], how[at + 1], how[at + 2], how[at + 3]]);
        let way = ResolveFlags::from_bits_retain(number(16).into());
        let path = PathArgument { directory: caller.word(0) as c_int, address: caller.argument(1) };
        Ok(Opening { path, flags: number(0), mode: number(8), way })
    }
}

pub fn open(caller: &Caller, asked: &Opening) -> Result<Answer, Errno> {
    let flags = OFlags::from_bits_retain(asked.flags);
    let path = caller.text(asked.path.address)?;
    if flags.contains(OFlags::PATH) {
        return Ok(Answer::Continues); // it does not create a file, whatever its other flags are
    }
    let close_on_exec = flags.contains(OFlags::CLOEXEC);
    if flags.contains(OFlags::TMPFILE) {
        let directory = file::directory_within(caller, (asked.path.directory, &path), asked.way)?;
        let owner = match maker(directory.as_fd(), caller.credentials)? {
            Maker::Root => return Ok(Answer::Continues),
            Maker::Stranger => return Ok(Answer::Fails(Errno::ACCESS)),
            Maker::Owner(owner) => owner,
        };
        let file = openat(&directory, ".", flags | OFlags::CLOEXEC, mode_of(caller, asked.mode)?)?;
        file::record(file.as_fd(), owner)?;
        return Ok(Answer::Opens { file, close_on_exec });
    }
    if !flags.contains(OFlags::CREATE) {
        return Ok(Answer::Continues);
    }
    let entry = file::entry_within(caller, (asked.path.directory, &path), asked.way)?;
    let owner = match maker(entry.parent.as_fd(), caller.credentials)? {
        Maker::Root => return Ok(Answer::Continues),
        _ if entry.exists() => return open_present(caller, asked, &path),
        Maker::Stranger => return Ok(Answer::Fails(Errno::ACCESS)),
        Maker::Owner(owner) => owner,
    };
    // Only the creator of a file knows that it is new; existing files are opened by the caller.
    let flags = flags | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&entry.parent, &entry.name[..], flags, mode_of(caller, asked.mode)?)?;
    file::record(file.as_fd(), owner)?;
    Ok(Answer::Opens { file, close_on_exec })
}

/// The caller opens an existing file itself, if its user may write there as requested.
fn open_present(caller: &Caller, asked: &Opening, path: &[u8]) -> Result<Answer, Errno> {
    let file = file::open(caller, (asked.path.directory, path), true)?;
    let writes = asked.flags & libc::O_ACCMODE as u32 != libc::O_RDONLY as u32;
    let is_allowed = !writes || file::may_write(file.as_fd(), caller.credentials)?;
    Ok(if is_allowed { Answer::Continues } else { Answer::Fails(Errno::ACCESS) })
}

pub fn directory(caller: &Caller, path: PathArgument, mode: u32) -> Result<Answer, Errno> {
    let entry = file::entry_of(caller, path.directory, &caller.text(path.address)?)?;
    let owner = match maker(entry.parent.as_fd(), caller.credentials)? {
        Maker::Root => return Ok(Answer::Continues),
        Maker::Stranger => return Ok(refused(&entry)),
        Maker::Owner(owner) => owner,
    };
    mkdirat(&entry.parent, &entry.name[..], mode_of(caller, mode)?)?;
    file::record(open_created(&entry)?.as_fd(), owner)?;
    Ok(Answer::Returns(0))
}

/// A record of the name may remain from a removed file.
pub fn link(caller: &Caller, target: u64, path: PathArgument) -> Result<Answer, Errno> {
    let entry = file::entry_of(caller, path.directory, &caller.text(path.address)?)?;
    let owner = match maker(entry.parent.as_fd(), caller.credentials)? {
        Maker::Root => None,
        Maker::Stranger => return Ok(refused(&entry)),
        Maker::Owner(owner) => Some(owner),
    };
    if owner.is_none() && entry.record() == Record::ROOT {
        return Ok(Answer::Continues);
    }
    symlinkat(caller.text(target)?, &entry.parent, &entry.name[..])?;
    entry.keep(owner.unwrap_or(Record::ROOT));
    Ok(Answer::Returns(0))
}

/// Arguments of mknod.
pub struct NewNode {
    pub mode: u32,
    pub device: u32,
}

pub fn node(caller: &Caller, path: PathArgument, new: NewNode) -> Result<Answer, Errno> {
    let mode = new.mode;
    let entry = file::entry_of(caller, path.directory, &caller.text(path.address)?)?;
    let owner = match maker(entry.parent.as_fd(), caller.credentials)? {
        Maker::Root => None,
        Maker::Stranger => return Ok(refused(&entry)),
        Maker::Owner(owner) => Some(owner),
    };
    match FileType::from_raw_mode(mode) {
        FileType::CharacterDevice | FileType::BlockDevice => device_node(caller, (&entry, owner), new),
        FileType::Fifo if owner.is_some() || entry.record() != Record::ROOT => {
            mknodat(&entry.parent, &entry.name[..], FileType::Fifo, mode_of(caller, mode)?, 0)?;
            entry.keep(owner.unwrap_or(Record::ROOT));
            Ok(Answer::Returns(0))
        }
        FileType::RegularFile | FileType::Unknown if owner.is_some() => {
            mknodat(&entry.parent, &entry.name[..], FileType::RegularFile, mode_of(caller, mode)?, 0)?;
            file::record(open_created(&entry)?.as_fd(), owner.unwrap_or(Record::ROOT))?;
            Ok(Answer::Returns(0))
        }
        _ => Ok(Answer::Continues),
    }
}

/// Replaced by an empty file, which becomes a device in the layer. No process in a sandbox could open a device anyway.
fn device_node(
    caller: &Caller,
    (entry, owner): (&DirectoryEntry, Option<Record>),
    NewNode { mode, device }: NewNode,
) -> Result<Answer, Errno> {
    let (major, minor) = (libc::major(device.into()), libc::minor(device.into()));
    if !caller.may("MKNOD") || (major, minor) == (0, 0) {
        return Ok(Answer::Fails(Errno::PERM));
    }
    let is_block = FileType::from_raw_mode(mode) == FileType::BlockDevice;
    let record = Record { device: Some(Device { is_block, major, minor }), ..owner.unwrap_or(Record::ROOT) };
    mknodat(&entry.parent, &entry.name[..], FileType::RegularFile, mode_of(caller, mode)?, 0)?;
    file::record(open_created(entry)?.as_fd(), record)?;
    Ok(Answer::Returns(0))
}

fn open_created(entry: &DirectoryEntry) -> Result<OwnedFd, Errno> {
    openat(&entry.parent, &entry.name[..], OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

fn mode_of(caller: &Caller, mode: u32) -> Result<Mode, Errno> {
    Ok(Mode::from_raw_mode(mode & 0o7777 & !caller.umask()?))
}

/// The user that creates a file in a directory.
enum Maker {
    /// The file will belong to root, without a record.
    Root,
    Owner(Record),
    /// The user may not write to the directory.
    Stranger,
}

/// Files in a setgid directory get its group.
fn maker(directory: BorrowedFd, who: &Credentials) -> Result<Maker, Errno> {
    if who.user.file != 0 && !file::may_write(directory, who)? {
        return Ok(Maker::Stranger);
    }
    let gives_group = fstat(directory)?.st_mode & libc::S_ISGID != 0;
    let gid = if gives_group { file::record_of(directory).gid } else { who.group.file };
    let owner = Record::owned(who.user.file, gid);
    Ok(if owner == Record::ROOT { Maker::Root } else { Maker::Owner(owner) })
}

/// An existing name is a different error, which the kernel reports.
fn refused(entry: &DirectoryEntry) -> Answer {
    if entry.exists() { Answer::Continues } else { Answer::Fails(Errno::ACCESS) }
}
