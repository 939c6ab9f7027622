//! How a process ended, and its resource usage.
use super::outcome::End;
use crate::cgroup::Readings;
use foundation::failure::Failure;
use foundation::sys;
use protocol::ResourceUsage;
use rustix::io::Errno;
use rustix::process::Pid;
use std::time::Duration;

/// Waits for the child; its usage includes all processes that it has waited for.
pub fn wait_for(pid: Pid) -> Result<(End, ResourceUsage), Failure> {
    let mut status = 0;
    // SAFETY: rusage is plain numbers, for which zeros are valid.
    let mut used: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to values that outlive the call.
        let answer = unsafe { libc::wait4(pid.as_raw_nonzero().get(), &raw mut status, 0, &raw mut used) };
        match sys::check(answer.into()) {
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::kernel("SANDBOX_START", "wait for the sandbox", errno)),
        }
    }
    let usage = ResourceUsage {
        cpu_user_us: us(used.ru_utime),
        cpu_system_us: us(used.ru_stime),
        peak_memory_bytes: u64::try_from(used.ru_maxrss).ok().map(|kilobytes| kilobytes * 1024),
        ..ResourceUsage::default()
    };
    Ok((end_of(status), usage))
}

pub fn end_of(status: i32) -> End {
    if libc::WIFSIGNALED(status) { End::Signal(libc::WTERMSIG(status)) } else { End::Code(libc::WEXITSTATUS(status)) }
}

/// Prefers the cgroup's readings: they include processes that were not waited for, and the peak of all together.
pub fn complete(used: &ResourceUsage, wall: Duration, readings: &Readings) -> ResourceUsage {
    ResourceUsage {
        wall_us: wall.as_micros() as u64,
        cpu_user_us: readings.cpu_user_us.unwrap_or(0).max(used.cpu_user_us),
        cpu_system_us: readings.cpu_system_us.unwrap_or(0).max(used.cpu_system_us),
        peak_memory_bytes: readings.peak_memory_bytes.or(used.peak_memory_bytes),
        read_bytes: readings.read_bytes,
        written_bytes: readings.written_bytes,
    }
}

fn us(time: libc::timeval) -> u64 {
    (time.tv_sec * 1_000_000 + time.tv_usec).max(0) as u64
}
