//! Removes what remains of a container whose supervisor was killed.
use foundation::failure::Failure;
use foundation::process_identity;
use protocol::{AbandonedContainer, LivingProcess, ReleaseRequest};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use sandbox::cgroup::{self, Group};
use serde::Serialize;

/// How long the kernel may take to kill a process and all others of its namespace.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

#[derive(Serialize)]
pub struct Released {}

/// Kills the processes. Call it before IDs are mapped: from outside their user namespace, whose owner may kill all in it.
pub fn end(request: &ReleaseRequest) -> Result<(), Failure> {
    for container in &request.containers {
        cgroup::end_members(&Group::open_all_named(&container.cgroup)?);
    }
    request.containers.iter().filter_map(|container| container.process.as_ref()).try_for_each(end_first)
}

/// A failure does not stop the rest; the first one is reported. One container at a time, because each group's directories
/// are held open.
pub fn release(request: &ReleaseRequest) -> Result<Released, Failure> {
    let remove = |container: &AbandonedContainer| cgroup::remove_all(&Group::open_all_named(&container.cgroup)?);
    request.containers.iter().map(remove).fold(Ok(()), Result::and).map(|()| Released {})
}

fn end_first(process: &LivingProcess) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel("CONTAINER_IO", &format!("end process {}", process.pid), errno);
    let Some(pid) = Pid::from_raw(process.pid) else { return Ok(()) };
    let living = match pidfd_open(pid, PidfdFlags::empty()) {
        Err(Errno::SRCH) => return Ok(()),
        opened => opened.map_err(failed)?,
    };
    if process_identity::start_ticks(process.pid) != Some(process.start_ticks) {
        return Ok(());
    }
    match pidfd_send_signal(&living, Signal::KILL) {
        Ok(()) | Err(Errno::SRCH) => {}
        Err(errno) => return Err(failed(errno)),
    }
    poll(&mut [PollFd::new(&living, PollFlags::IN)], Some(&PATIENCE)).map(drop).map_err(failed)
}
