//! Signals that are read from a descriptor instead of interrupting the process.
use crate::failure::Failure;
use crate::sys;
use rustix::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid, Signal};

/// Signals that a user or a supervisor sends to stop or control a step; they are forwarded to its command.
pub const FORWARDED: [i32; 7] =
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2, libc::SIGWINCH];

pub struct SignalFd(OwnedFd);

impl SignalFd {
    /// Blocks these signals in this process; they are queued in the descriptor, which executed programs do not inherit.
    pub fn block(signals: &[i32]) -> Result<Self, Errno> {
        let set = set_of(signals);
        // SAFETY: `set` is an initialized signal set; the null pointer means that the old set is not returned.
        sys::check(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) }.into())?;
        // SAFETY: -1 requests a new descriptor; `set` is initialized.
        let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        sys::check(fd.into())?;
        // SAFETY: the kernel has just created this descriptor for us.
        Ok(SignalFd(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The next pending signal, if there is one.
    pub fn next(&self) -> Option<i32> {
        let mut bytes = [0u8; size_of::<libc::signalfd_siginfo>()];
        match rustix::io::read(&self.0, &mut bytes) {
            Ok(length) if length == bytes.len() => Some(i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
            _ => None,
        }
    }
}

/// Fails if a blocked SIGTERM is pending.
pub fn fail_if_cancelled() -> Result<(), Failure> {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: sigpending initializes the set if it returns 0; sigismember then reads an initialized one.
    let is_waiting = unsafe { libc::sigpending(set.as_mut_ptr()) == 0 && libc::sigismember(set.as_ptr(), libc::SIGTERM) == 1 };
    if is_waiting { Err(Failure::new("SANDBOX_ABORTED", "Cannot finish the request: it was cancelled")) } else { Ok(()) }
}

impl AsFd for SignalFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Exceeding the caller's file size limit (`ulimit -f`) then is an error that can be reported. Reset for executed commands.
pub fn ignore_file_limit() {
    // SAFETY: SIG_IGN is valid for SIGXFSZ, and there are no other threads yet.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// Unblocks and resets all signals that this process or its ancestors blocked or ignored, for a program about to be executed.
pub fn reset_for_exec() -> Result<(), Errno> {
    let none = set_of(&[]);
    // SAFETY: `none` is an initialized signal set.
    sys::check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut()) }.into())?;
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL is valid for every signal; KILL, STOP and libc's own refuse, which changes nothing.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    Ok(())
}

pub fn send(pid: Pid, signal: i32) {
    // SAFETY: kill takes plain numbers; the process is our own child and has not been waited for.
    unsafe { libc::kill(pid.as_raw_nonzero().get(), signal) };
}

/// This process receives the signal when its parent dies. A change of IDs clears the setting, so call it after that.
pub fn die_with_parent(signal: Signal) -> Result<(), Errno> {
    rustix::process::set_parent_process_death_signal(Some(signal))
}

/// `SIGKILL` for 9.
pub fn name(signal: i32) -> String {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR",
        "SYS",
    ];
    match usize::try_from(signal - 1).ok().and_then(|index| NAMES.get(index)) {
        Some(name) => format!("SIG{name}"),
        None => format!("SIG{signal}"),
    }
}

fn set_of(signals: &[i32]) -> libc::sigset_t {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: sigemptyset initializes the set; sigaddset then modifies an initialized one.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        set.assume_init()
    }
}
