//! Calls that report the state of a file.
use super::caller::Caller;
use super::file::{self, kind_of};
use super::listener::Answer;
use foundation::owner_record::Record;
use foundation::sys;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::FileType;
use rustix::io::Errno;
use std::ffi::CString;
use std::os::raw::c_int;

/// The kernel's ID for owners that the namespace does not map: the host's root, for files of the host that a sandbox sees.
const NOBODY: u32 = 65534;
const KNOWN_FLAGS: c_int = libc::AT_SYMLINK_NOFOLLOW | libc::AT_NO_AUTOMOUNT | libc::AT_EMPTY_PATH | libc::AT_STATX_SYNC_TYPE;

/// fstat
pub fn of_descriptor(caller: &Caller) -> Result<Answer, Errno> {
    let asked = Asked { directory: caller.word(0) as c_int, path: 0, flags: libc::AT_EMPTY_PATH };
    report(caller, &asked, caller.argument(1))
}

/// stat and lstat
#[cfg(target_arch = "x86_64")]
pub fn of_path(caller: &Caller, flags: c_int) -> Result<Answer, Errno> {
    report(caller, &Asked { directory: libc::AT_FDCWD, path: caller.argument(0), flags }, caller.argument(1))
}

/// newfstatat
pub fn at(caller: &Caller) -> Result<Answer, Errno> {
    let asked = Asked { directory: caller.word(0) as c_int, path: caller.argument(1), flags: caller.word(3) as c_int };
    report(caller, &asked, caller.argument(2))
}

fn report(caller: &Caller, asked: &Asked, address: u64) -> Result<Answer, Errno> {
    let named = asked.find(caller)?;
    // SAFETY: all zeros is a value of this struct.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the call fills the struct, which has the kernel's layout on 64-bit machines; the path is a C string.
    sys::check(unsafe { libc::syscall(libc::SYS_newfstatat, named.base(), named.path.as_ptr(), &raw mut stat, asked.flags) })?;
    let record = asked.record(caller, (&named, stat.st_mode));
    stat.st_uid = shown(stat.st_uid, record.uid);
    stat.st_gid = shown(stat.st_gid, record.gid);
    if let Some(device) = record.device {
        stat.st_mode = device_mode(stat.st_mode, device.is_block);
        stat.st_rdev = libc::makedev(device.major, device.minor);
    }
    caller.write(address, bytes_of(&stat))?;
    Ok(Answer::Returns(0))
}

/// statx
pub fn extended(caller: &Caller) -> Result<Answer, Errno> {
    let asked = Asked { directory: caller.word(0) as c_int, path: caller.argument(1), flags: caller.word(2) as c_int };
    let named = asked.find(caller)?;
    let (path, mask) = (named.path.as_ptr(), caller.word(3));
    // SAFETY: all zeros is a value of this struct.
    let mut stat: libc::statx = unsafe { std::mem::zeroed() };
    // SAFETY: the call fills the struct, which is the kernel's; the path is a C string.
    sys::check(unsafe { libc::syscall(libc::SYS_statx, named.base(), path, asked.flags, mask, &raw mut stat) })?;
    let record = asked.record(caller, (&named, stat.stx_mode.into()));
    stat.stx_uid = shown(stat.stx_uid, record.uid);
    stat.stx_gid = shown(stat.stx_gid, record.gid);
    if let Some(device) = record.device {
        stat.stx_mode = device_mode(stat.stx_mode.into(), device.is_block) as u16;
        (stat.stx_rdev_major, stat.stx_rdev_minor) = (device.major, device.minor);
    }
    caller.write(caller.argument(4), bytes_of(&stat))?;
    Ok(Answer::Returns(0))
}

/// The file whose state is requested.
struct Asked {
    directory: c_int,
    /// 0 if there is none.
    path: u64,
    flags: c_int,
}

struct Named {
    /// Base of a relative path.
    base: Option<OwnedFd>,
    path: CString,
}

impl Named {
    fn base(&self) -> c_int {
        self.base.as_ref().map_or(libc::AT_FDCWD, AsRawFd::as_raw_fd)
    }
}

impl Asked {
    fn find(&self, caller: &Caller) -> Result<Named, Errno> {
        if self.flags & !KNOWN_FLAGS != 0 {
            return Err(Errno::INVAL);
        }
        let path = if self.path == 0 { Vec::new() } else { caller.text(self.path)? };
        if path.is_empty() && self.flags & libc::AT_EMPTY_PATH == 0 {
            return Err(Errno::NOENT);
        }
        let is_absolute = path.first() == Some(&b'/');
        let base = if is_absolute { None } else { Some(caller.open_descriptor(self.directory)?) };
        Ok(Named { base, path: CString::new(path).map_err(|_| Errno::INVAL)? })
    }

    fn record(&self, caller: &Caller, (named, mode): (&Named, u32)) -> Record {
        let path = named.path.as_bytes();
        let record = match kind_of(mode) {
            FileType::RegularFile | FileType::Directory => {
                let follow = self.flags & libc::AT_SYMLINK_NOFOLLOW == 0;
                file::record_at(named.base.as_ref().map(AsFd::as_fd), &named.path, follow)
            }
            // A path that follows links leads to another directory than its parent.
            FileType::Symlink | FileType::Fifo if !path.is_empty() => {
                file::entry_of(caller, self.directory, path).ok().map(|entry| entry.record())
            }
            _ => None,
        };
        record.unwrap_or(Record::ROOT)
    }
}

fn shown(on_disk: u32, recorded: u32) -> u32 {
    if on_disk == 0 || on_disk == NOBODY { recorded } else { on_disk }
}

fn device_mode(mode: u32, is_block: bool) -> u32 {
    mode & 0o7777 | if is_block { libc::S_IFBLK } else { libc::S_IFCHR }
}

fn bytes_of<T>(value: &T) -> &[u8] {
    // SAFETY: the structs of these calls are plain integers, and the kernel has zeroed or filled their padding.
    unsafe { std::slice::from_raw_parts(std::ptr::from_ref(value).cast(), size_of::<T>()) }
}
