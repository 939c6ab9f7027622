//! The process whose system call waits: its arguments, memory and open files. The working directory of this process is the
//! host's /proc, so that relative paths reach all of these whatever the root is.
use super::credentials::Credentials;
use super::listener::{Call, Listener};
use confinement::capabilities::Granted;
use foundation::sys;
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use std::os::raw::c_int;

const PATH_MAX: usize = 4096;
const PAGE: u64 = 4096;

pub struct Caller<'a> {
    pub call: &'a Call,
    pub credentials: &'a Credentials,
    pub granted: Granted,
    pub listener: &'a Listener,
}

/// A path as system calls name it: relative to the directory of a descriptor, in the caller's memory.
#[derive(Clone, Copy)]
pub struct PathArgument {
    pub directory: c_int,
    pub address: u64,
}

impl Caller<'_> {
    pub fn argument(&self, number: usize) -> u64 {
        self.call.arguments[number]
    }

    /// An argument that is an ID, a descriptor or a set of flags: the kernel uses only its lower half.
    pub fn word(&self, number: usize) -> u32 {
        self.call.arguments[number] as u32
    }

    pub fn may(&self, capability: &str) -> bool {
        self.credentials.may(capability, self.granted)
    }

    /// The file of the caller's descriptor, or its working directory. SECURITY: a reference to the file, not a duplicate of
    /// the descriptor: closing the last descriptor of a socket waits until its data is sent.
    pub fn open_descriptor(&self, number: i32) -> Result<OwnedFd, Errno> {
        let pid = self.call.pid;
        let path = match number {
            libc::AT_FDCWD => format!("{pid}/cwd"),
            0.. => format!("{pid}/fd/{number}"),
            _ => return Err(Errno::BADF),
        };
        self.verified(openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
    }

    /// SECURITY: what was found with the caller's PID belongs to the caller only if the call still waits: otherwise another
    /// process may have the PID by now.
    fn verified<T>(&self, found: T) -> Result<T, Errno> {
        if self.listener.waits(self.call) { Ok(found) } else { Err(Errno::SRCH) }
    }

    pub fn umask(&self) -> Result<u32, Errno> {
        let status = std::fs::read_to_string(format!("{}/status", self.call.pid)).map_err(|_| Errno::SRCH)?;
        let mask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        self.verified(mask.and_then(|digits| u32::from_str_radix(digits.trim(), 8).ok()).ok_or(Errno::SRCH)?)
    }

    /// A zero-terminated text, without the zero byte.
    pub fn text(&self, address: u64) -> Result<Vec<u8>, Errno> {
        let mut text = Vec::with_capacity(256);
        while text.len() < PATH_MAX {
            let at = address.checked_add(text.len() as u64).ok_or(Errno::FAULT)?;
            let length = (PAGE - at % PAGE).min(256) as usize; // the next page may not be mapped
            let begin = text.len();
            text.resize(begin + length, 0);
            self.read(at, &mut text[begin..])?;
            if let Some(end) = text[begin..].iter().position(|byte| *byte == 0) {
                text.truncate(begin + end);
                return Ok(text);
            }
        }
        Err(Errno::NAMETOOLONG)
    }

    pub fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Errno> {
        let ours = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        let theirs = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: bytes.len() };
        // SAFETY: `ours` is the slice, which the call fills; `theirs` is an address of the other process.
        let got = unsafe { libc::process_vm_readv(self.call.pid, &raw const ours, 1, &raw const theirs, 1, 0) };
        self.verified(require_complete(got, bytes.len())?)
    }

    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        self.verified(())?;
        let ours = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let theirs = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: bytes.len() };
        // SAFETY: `ours` is the slice, which the call only reads; `theirs` is an address of the other process.
        let put = unsafe { libc::process_vm_writev(self.call.pid, &raw const ours, 1, &raw const theirs, 1, 0) };
        require_complete(put, bytes.len())
    }
}

fn require_complete(moved: isize, wanted: usize) -> Result<(), Errno> {
    match sys::check(moved as libc::c_long)? {
        moved if moved as usize == wanted => Ok(()),
        _ => Err(Errno::FAULT),
    }
}
