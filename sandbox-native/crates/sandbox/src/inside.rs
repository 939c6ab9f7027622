//! Proof that a process is in the root of a command, with no descriptors of the host. Code that resolves a path of that
//! root requires it: for the program, users, a terminal, the null device, the working directory.
use foundation::failure::Failure;
use foundation::sys;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;
use rustix::path::Arg;
use std::path::Path;

const CODE: &str = "SANDBOX_START";

pub struct Inside {
    may_have_processes: bool,
}

impl Inside {
    /// Closes all descriptors but 0, 1, 2 and these, none of which may be a directory of the host. Call it when the root of
    /// the command is the root of the process. Other owners of a descriptor in this process must not use or drop it later.
    ///
    /// SECURITY: a link to `/proc/self/fd/N/..` leads from an open directory to the whole host. Close-on-exec is too late:
    /// the program and its interpreter are looked up first (test/attack/processes/descriptors-while-joining.test.ts).
    pub fn seal(kept: &[BorrowedFd<'_>]) -> Result<Self, Failure> {
        let failed = |errno| Failure::kernel(CODE, "close the descriptors of the host", errno);
        sys::close_all_but(kept).map(|()| Inside { may_have_processes: true }).map_err(failed)
    }

    /// Like `seal`, but changes the root itself, to a tree without a mounted /proc.
    pub fn chroot(tree: &Path, kept: &[BorrowedFd<'_>]) -> Result<Self, Failure> {
        Inside::seal(kept)?; // before the change: where close_range is refused, it needs /proc
        let failed = |errno| Failure::kernel(CODE, "enter the root of the step", errno);
        rustix::process::chroot(tree).map_err(failed)?;
        rustix::process::chdir("/").map_err(failed)?;
        Ok(Inside { may_have_processes: false })
    }

    /// Opens a path of the root. SECURITY: not through the processes in /proc: if processes of the host are visible, this
    /// process may still access all of them.
    pub fn open(&self, path: impl Arg + Copy, flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::CLOEXEC;
        match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS) {
            // Unknown to gVisor and to old filters of containers.
            Err(Errno::NOSYS | Errno::PERM) if !self.may_have_processes => open(path, flags, Mode::empty()),
            opened => opened,
        }
    }
}
