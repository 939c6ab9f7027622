//! Limits how long a caller's file can block this process.
use foundation::sys;
use rustix::io::Errno;
use std::os::raw::c_int;
use std::ptr::null_mut;

/// Inspecting a caller's descriptor holds its file for a moment. If the caller closes it in that moment, this process
/// closes it last, and closing a socket with SO_LINGER waits until its data is acknowledged; a signal ends the wait.
const PERIOD_MICROSECONDS: libc::suseconds_t = 20_000;

/// While it exists, signals arrive that only interrupt system calls.
pub struct Alarm(());

impl Alarm {
    /// Called once, before the first alarm.
    pub fn prepare() -> Result<(), Errno> {
        extern "C" fn ignore(_: c_int) {}
        // SAFETY: all zeros is a valid value of each; the handler does nothing, so it may run anywhere; the pointers
        // outlive the calls. Without SA_RESTART the signal interrupts.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = ignore as extern "C" fn(c_int) as usize;
            sys::check(libc::sigaction(libc::SIGALRM, &raw const action, null_mut()).into())?;
            let mut alarm: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&raw mut alarm, libc::SIGALRM);
            sys::check(libc::sigprocmask(libc::SIG_UNBLOCK, &raw const alarm, null_mut()).into())?;
        }
        Ok(())
    }

    pub fn set() -> Self {
        set_interval(PERIOD_MICROSECONDS);
        Alarm(())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        set_interval(0);
    }
}

fn set_interval(microseconds: libc::suseconds_t) {
    let period = libc::timeval { tv_sec: 0, tv_usec: microseconds };
    let timer = libc::itimerval { it_interval: period, it_value: period };
    // SAFETY: the value outlives the call, which succeeds for all values in range.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, null_mut()) };
}
