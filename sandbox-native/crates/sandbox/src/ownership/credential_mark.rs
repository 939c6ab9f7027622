//! The credentials of a process are stored where forks and executions inherit it like credentials: in a resource limit that
//! the kernel has not used since 2.4.25. Its value is a row of the table of the answering process; an unset limit means the
//! first row.
use foundation::sys;
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit, setrlimit};

/// For a command that starts.
pub fn clear() {
    let limit = getrlimit(Resource::Locks);
    let _ = setrlimit(Resource::Locks, rustix::process::Rlimit { current: limit.maximum, ..limit }); // always allowed
}

pub fn read(pid: i32) -> Result<Option<usize>, Errno> {
    let mark = limit(pid, None)?.rlim_cur;
    Ok(if mark == libc::RLIM_INFINITY { None } else { usize::try_from(mark).ok() })
}

pub fn write(pid: i32, row: usize) -> Result<(), Errno> {
    let rlim_max = limit(pid, None)?.rlim_max;
    limit(pid, Some(libc::rlimit { rlim_cur: row as libc::rlim_t, rlim_max })).map(drop)
}

fn limit(pid: i32, new: Option<libc::rlimit>) -> Result<libc::rlimit, Errno> {
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let new = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: `new` is null or points to a limit that outlives the call; the call fills `old`.
    sys::check(unsafe { libc::prlimit(pid, libc::RLIMIT_LOCKS, new, &raw mut old) }.into())?;
    Ok(old)
}
