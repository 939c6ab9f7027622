//! Proof that a process is in the root of a command, with nothing of the host open. What resolves a path of that root asks
//! for it: the program, a user, a terminal, the null device, the working directory.
use foundation::failure::Failure;
use foundation::sys;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use rustix::path::Arg;

pub struct Inside(());

impl Inside {
    /// Closes all descriptors but 0, 1, 2 and these, of which none may be a directory of the host. To be called with the root
    /// of the command as root. What else in this process owns a descriptor must not use or drop it later.
    ///
    /// SECURITY: a link to `/proc/self/fd/N/..` leads from an open directory to all of the host. Close-on-exec comes too
    /// late: the program and its interpreter are looked up before it acts (test/attack/processes/descriptors-while-joining.test.ts).
    pub fn seal(kept: &[BorrowedFd<'_>]) -> Result<Self, Failure> {
        let failed = |errno| Failure::kernel("SANDBOX_START", "close the descriptors of the host", errno);
        sys::close_all_but(kept).map(|()| Inside(())).map_err(failed)
    }

    /// Opens what is in the root at this path. SECURITY: not through what /proc shows of processes: where those of the host
    /// are shown, this process may still look into all of them.
    pub fn open(&self, path: impl Arg, flags: OFlags) -> Result<OwnedFd, Errno> {
        openat2(CWD, path, flags | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_MAGICLINKS)
    }
}
