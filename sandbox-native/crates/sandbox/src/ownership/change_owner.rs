//! chown and similar calls.
use super::caller::{Caller, PathArgument};
use super::credentials::KEEP;
use super::file::{self, DirectoryEntry, kind_of};
use super::listener::Answer;
use foundation::owner_record::Record;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, chownat, fstat};
use rustix::io::Errno;
use std::os::raw::c_int;

struct OwnedFile {
    file: OwnedFd,
    /// Unknown for an open file.
    entry: Option<DirectoryEntry>,
}

/// fchown
pub fn of_descriptor(caller: &Caller) -> Answer {
    let target = caller.open_descriptor(caller.word(0) as c_int).map(|file| OwnedFile { file, entry: None });
    answer(caller, target, (caller.word(1), caller.word(2)))
}

/// fchownat
pub fn at(caller: &Caller) -> Answer {
    let target =
        find(caller, PathArgument { directory: caller.word(0) as c_int, address: caller.argument(1) }, caller.word(4) as c_int);
    answer(caller, target, (caller.word(2), caller.word(3)))
}

/// chown and lchown
#[cfg(target_arch = "x86_64")]
pub fn of_path(caller: &Caller, flags: c_int) -> Answer {
    let target = find(caller, PathArgument { directory: libc::AT_FDCWD, address: caller.argument(0) }, flags);
    answer(caller, target, (caller.word(1), caller.word(2)))
}

/// If the file is not found here, the kernel reports the error.
fn answer(caller: &Caller, target: Result<OwnedFile, Errno>, owner: (u32, u32)) -> Answer {
    match target {
        Err(_) => Answer::Continues,
        Ok(target) => match change(caller, &target, owner) {
            Ok(()) => Answer::Returns(0),
            Err(errno) => Answer::Fails(errno),
        },
    }
}

fn find(caller: &Caller, PathArgument { directory, address }: PathArgument, flags: c_int) -> Result<OwnedFile, Errno> {
    let path = caller.text(address)?;
    if path.is_empty() && flags & libc::AT_EMPTY_PATH != 0 {
        return Ok(OwnedFile { file: caller.open_descriptor(directory)?, entry: None });
    }
    if let Some(number) = stream_number(&path) {
        return Ok(OwnedFile { file: caller.open_descriptor(number)?, entry: None });
    }
    let file = file::open(caller, (directory, &path), flags & libc::AT_SYMLINK_NOFOLLOW == 0)?;
    Ok(OwnedFile { file, entry: file::entry_of(caller, directory, &path).ok() })
}

/// Names of the caller's own descriptors, which entrypoints give to the user of their service.
fn stream_number(path: &[u8]) -> Option<c_int> {
    match path {
        b"/dev/stdin" => Some(0),
        b"/dev/stdout" => Some(1),
        b"/dev/stderr" => Some(2),
        _ => {
            let number = path.strip_prefix(b"/dev/fd/").or_else(|| path.strip_prefix(b"/proc/self/fd/"))?;
            std::str::from_utf8(number).ok()?.parse().ok().filter(|number| *number >= 0)
        }
    }
}

fn change(caller: &Caller, target: &OwnedFile, (uid, gid): (u32, u32)) -> Result<(), Errno> {
    let kind = kind_of(fstat(&target.file)?.st_mode);
    let carries = matches!(kind, FileType::RegularFile | FileType::Directory);
    let entry = target.entry.as_ref().filter(|_| matches!(kind, FileType::Symlink | FileType::Fifo));
    let old = match (carries, entry) {
        (true, _) => file::record_of(target.file.as_fd()),
        (false, entry) => entry.map_or(Record::ROOT, DirectoryEntry::record),
    };
    let new = Record { uid: or(uid, old.uid), gid: or(gid, old.gid), ..old };
    if !is_allowed(caller, old, new) {
        return Err(Errno::PERM);
    }
    // The other effects of chown: it clears setuid bits, updates the change time, and fails on a read-only mount.
    chownat(&target.file, "", None, None, AtFlags::EMPTY_PATH)?;
    if carries {
        return match file::record(target.file.as_fd(), new) {
            // Files of kernel filesystems or of other host users: their owner cannot be changed here.
            Err(Errno::PERM | Errno::ACCESS) if new == old => Ok(()),
            done => done,
        };
    }
    if let Some(entry) = entry {
        entry.keep(new);
    }
    Ok(())
}

/// Other users may give their files to another of their groups.
fn is_allowed(caller: &Caller, old: Record, new: Record) -> bool {
    let who = caller.credentials;
    let is_own = who.user.file == old.uid;
    caller.may("CHOWN") || (old.uid == new.uid && is_own && (old.gid == new.gid || who.is_in_group(new.gid)))
}

fn or(id: u32, kept: u32) -> u32 {
    if id == KEEP { kept } else { id }
}
