//! A terminal for the command.
use crate::failure::Failure;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

const CODE: &str = "SANDBOX_TERMINAL";

pub struct Pair {
    pub outer: OwnedFd,
    pub inner: OwnedFd,
}

/// In the devpts of the new root, which must be root; as large as the caller's terminal.
pub fn open() -> Result<Pair, Failure> {
    let failed = |errno| Failure::kernel(CODE, "open a terminal", errno);
    let outer = openat(CWD, "/dev/pts/ptmx", OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    rustix::pty::unlockpt(&outer).map_err(failed)?;
    let inner = rustix::pty::ioctl_tiocgptpeer(&outer, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).map_err(failed)?;
    copy_size(&outer);
    Ok(Pair { outer, inner })
}

/// Makes it the controlling terminal of this session and its three streams.
pub fn take(inner: &OwnedFd) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "take the terminal", errno);
    rustix::stdio::dup2_stdin(inner).map_err(failed)?;
    rustix::stdio::dup2_stdout(inner).map_err(failed)?;
    rustix::stdio::dup2_stderr(inner).map_err(failed)?;
    rustix::process::ioctl_tiocsctty(inner).map_err(failed)
}

/// Where the caller has no terminal, the size stays unknown.
pub fn copy_size(outer: impl AsFd) {
    if let Ok(size) = tcgetwinsize(std::io::stdin()) {
        let _ = tcsetwinsize(outer, size); // the program then asks for a size and gets the old one
    }
}

/// While it lives, the caller's terminal hands every key on as it is.
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
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before); // the terminal may be gone
        }
    }
}
