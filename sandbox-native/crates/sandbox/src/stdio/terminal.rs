//! A terminal for the command.
#![deny(clippy::disallowed_methods)]
use crate::inside::Inside;
use foundation::failure::Failure;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{OFlags, fstat, fstatfs, makedev};
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

const CODE: &str = "SANDBOX_TERMINAL";

pub struct Pair {
    pub outer: OwnedFd,
    pub inner: OwnedFd,
}

/// In the devpts of the root.
pub fn open(inside: &Inside, size: Option<Winsize>) -> Result<Pair, Failure> {
    let failed = |errno| Failure::kernel(CODE, "open a terminal", errno);
    let outer = inside.open("/dev/pts/ptmx", OFlags::RDWR | OFlags::NOCTTY).map_err(failed)?;
    if !is_multiplexer(&outer).map_err(failed)? {
        return Err(failed(Errno::NOTTY));
    }
    rustix::pty::unlockpt(&outer).map_err(failed)?;
    let inner = open_inner(&outer).map_err(failed)?;
    if let Some(size) = size {
        let _ = tcsetwinsize(&outer, size); // on failure, the program sees no size
    }
    Ok(Pair { outer, inner })
}

/// The inner end, from outside. SPEC: containerd/console, EpollConsole: a terminal that all programs have closed is not at its
/// end, because they may open it again.
pub fn hold_inner(outer: &OwnedFd) -> Result<OwnedFd, Failure> {
    open_inner(outer).map_err(|errno| Failure::kernel(CODE, "hold the terminal", errno))
}

fn open_inner(outer: &OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::pty::ioctl_tiocgptpeer(outer, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
}

/// Makes it the controlling terminal of this session and its three streams.
pub fn take(inner: &OwnedFd) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "take the terminal", errno);
    rustix::stdio::dup2_stdin(inner).map_err(failed)?;
    rustix::stdio::dup2_stdout(inner).map_err(failed)?;
    rustix::stdio::dup2_stderr(inner).map_err(failed)?;
    rustix::process::ioctl_tiocsctty(inner).map_err(failed)
}

/// SECURITY: processes inside may have replaced it with another device.
fn is_multiplexer(file: &OwnedFd) -> Result<bool, Errno> {
    const DEVPTS_SUPER_MAGIC: u64 = 0x1cd1;
    Ok(fstatfs(file)?.f_type as u64 == DEVPTS_SUPER_MAGIC && fstat(file)?.st_rdev == makedev(5, 2))
}

/// Unknown if the caller has no terminal. It may be that of its output only, as with `exec -t` without `-i`.
pub fn size_of_caller() -> Option<Winsize> {
    tcgetwinsize(std::io::stdout()).or_else(|_| tcgetwinsize(std::io::stdin())).ok()
}

pub fn copy_size(outer: impl AsFd) {
    if let Some(size) = size_of_caller() {
        let _ = tcsetwinsize(outer, size); // on failure, the program sees the old size
    }
}

/// While it exists, the caller's terminal is in raw mode.
pub struct Raw(Option<Termios>);

impl Raw {
    pub fn start() -> Self {
        let Ok(before) = tcgetattr(std::io::stdin()) else { return Raw(None) };
        let mut raw = before.clone();
        raw.make_raw();
        match tcsetattr(std::io::stdin(), OptionalActions::Now, &raw) {
            Ok(()) => Raw(Some(before)),
            Err(_) => Raw(None),
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before); // the terminal may no longer exist
        }
    }
}
