//! Taking away what a container left behind whose supervisor was killed.
use foundation::failure::Failure;
use foundation::process_identity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use sandbox::cgroup::{self, Group};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How long the kernel may take to end a process with all those of its namespace.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseRequest {
    pub containers: Vec<Abandoned>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Abandoned {
    /// As the supervisor wrote them down. Processes in them are killed.
    pub cgroup: Vec<PathBuf>,
    /// The first process, if it has outlived its supervisor. All others end with it.
    pub process: Option<Living>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Living {
    pid: i32,
    start_ticks: u64,
}

#[derive(Serialize)]
pub struct Released {}

/// The processes. To be called before ids are mapped: from outside their user namespace, whose owner may kill all in it.
pub fn end(request: &ReleaseRequest) -> Result<(), Failure> {
    for container in &request.containers {
        cgroup::end_members(&Group::open_all_named(&container.cgroup)?);
    }
    request.containers.iter().filter_map(|container| container.process.as_ref()).try_for_each(end_first)
}

/// Everything is tried; the first failure is reported. One at a time, as each group's directories are open meanwhile.
pub fn release(request: &ReleaseRequest) -> Result<Released, Failure> {
    let remove = |container: &Abandoned| cgroup::remove_all(&Group::open_all_named(&container.cgroup)?);
    request.containers.iter().map(remove).fold(Ok(()), Result::and).map(|()| Released {})
}

fn end_first(process: &Living) -> Result<(), Failure> {
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
