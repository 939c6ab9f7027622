//! Proof that a process is in the root of a command, with no descriptors of the host. Code that resolves a path of that
//! root requires it: for the program, users, a terminal, the null device, the working directory.
use foundation::failure::Failure;
use foundation::sys;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use rustix::path::Arg;

pub struct Inside(());

impl Inside {
    /// Closes all descriptors but 0, 1, 2 and these, none of which may be a directory of the host. Call it when the root of
    /// the command is the root of the process. Other owners of a descriptor in this process must not use or drop it later.
    ///
    /// SECURITY: a link to `/proc/self/fd/N/..` leads from an open directory to the whole host. Close-on-exec is too late:
    /// the program and its interpreter are looked up first (test/attack/processes/descriptors-while-joining.test.ts).
    pub fn seal(kept: &[BorrowedFd<'_>]) -> Result<Self, Failure> {
        let failed = |errno| Failure::kernel("SANDBOX_START", "close the descriptors of the host", errno);
        sys::close_all_but(kept).map(|()| Inside(())).map_err(failed)
    }

    /// Opens a path of the root. SECURITY: not through the processes in /proc: if processes of the host are visible, this
    /// process may still access all of them.
    pub fn open(&self, path: impl Arg, flags: OFlags) -> Result<OwnedFd, Errno> {
        openat2(CWD, path, flags | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_MAGICLINKS)
    }
}
