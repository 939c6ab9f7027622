//! The descriptor on which the kernel reports intercepted calls and receives their results.
use foundation::sys;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;

/// SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: caller and server take turns on one CPU, because they never run at the same time.
const SYNC_WAKE_UP: libc::c_ulong = 1;

pub struct Listener(OwnedFd);

/// A call that waits for its result.
pub struct Call {
    pub id: u64,
    /// Thread that waits, in this process's PID namespace.
    pub pid: i32,
    pub number: i64,
    pub arguments: [u64; 6],
}

pub enum Answer {
    Returns(i64),
    Fails(Errno),
    /// The kernel executes the call unchanged.
    Continues,
    /// Returns a descriptor of this file.
    Opens {
        file: OwnedFd,
        close_on_exec: bool,
    },
}

impl Listener {
    pub fn new(descriptor: OwnedFd) -> Self {
        Listener(descriptor)
    }

    pub fn sync_wake_up(&self) {
        // SAFETY: this request takes a plain number. Kernels before 6.6 refuse it, which only costs time.
        unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP) };
    }

    /// `None` if there is no process left that could call.
    pub fn next(&self) -> Option<Call> {
        loop {
            // SAFETY: all zeros is a value of this struct, and the one that the kernel requires.
            let mut notice: libc::seccomp_notif = unsafe { std::mem::zeroed() };
            // SAFETY: the request fills the struct of the same name.
            let answer = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut notice) };
            match sys::check(answer.into()) {
                Ok(_) => return Some(Call::from(&notice)),
                Err(Errno::NOENT) if self.is_deserted() => return None,
                Err(Errno::INTR | Errno::NOENT) => {} // the caller was killed in the meantime
                Err(_) => return None,
            }
        }
    }

    /// Before Linux 6.11, a process that waits for calls is not woken when no caller is left; its parent then kills it.
    fn is_deserted(&self) -> bool {
        let mut watched = [PollFd::new(&self.0, PollFlags::IN)];
        poll(&mut watched, Some(&Timespec::default())).is_err() || watched[0].revents().contains(PollFlags::HUP)
    }

    /// Whether the caller still waits: otherwise another process may have its PID by now.
    pub fn waits(&self, call: &Call) -> bool {
        // SAFETY: the request reads the number behind the pointer.
        unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const call.id) == 0 }
    }

    /// An answer to a killed caller is dropped.
    pub fn answer(&self, call: &Call, answer: Answer) {
        let (val, error, flags) = match answer {
            Answer::Returns(value) => (value, 0, 0),
            Answer::Fails(errno) => (0, -errno.raw_os_error(), 0),
            Answer::Continues => (0, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
            Answer::Opens { file, close_on_exec } => match self.hand_over(call, (&file, close_on_exec)) {
                Ok(number) => (number, 0, 0),
                Err(errno) => (0, -errno.raw_os_error(), 0),
            },
        };
        let response = libc::seccomp_notif_resp { id: call.id, val, error, flags };
        // SAFETY: the request reads the struct of the same name.
        unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const response) };
    }

    /// Adds the file to the caller's descriptors and returns its number there.
    fn hand_over(&self, call: &Call, (file, close_on_exec): (&OwnedFd, bool)) -> Result<i64, Errno> {
        let newfd_flags = if close_on_exec { libc::O_CLOEXEC as u32 } else { 0 };
        let request = libc::seccomp_notif_addfd { id: call.id, flags: 0, srcfd: file.as_raw_fd() as u32, newfd: 0, newfd_flags };
        // SAFETY: the request reads the struct of the same name.
        sys::check(unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ADDFD, &raw const request) }.into())
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Call {
    fn from(notice: &libc::seccomp_notif) -> Self {
        Call { id: notice.id, pid: notice.pid as i32, number: notice.data.nr.into(), arguments: notice.data.args }
    }
}
