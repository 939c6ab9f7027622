//! A health check: a process of this binary that performs `exec` in the container. The supervisor itself never enters the
//! container.
use foundation::failure::Failure;
use foundation::{signals, sys};
use protocol::HealthRequest;
use protocol::PROTOCOL_VERSION;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{MemfdFlags, OFlags, fcntl_getfl, fcntl_setfl, memfd_create};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use serde::Deserialize;
use serde_json::json;
use std::fs::File;
use std::io::{Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const CODE: &str = "CONTAINER_HEALTH";
/// Limit of the stored output of a check.
const MAX_OUTPUT: usize = 4096;
const MAX_STATUS: usize = 64 << 10;
/// Reads before others get a turn: a check may write faster than it is read.
const ROUNDS: u32 = 16;
/// How long a check may take to exit after it is terminated.
const LAST_SECOND: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// The container's first process, whose namespaces checks join.
#[derive(Clone)]
pub struct CheckedProcess {
    pub pid: i32,
    pub start_ticks: u64,
    pub cgroup: Vec<PathBuf>,
}

pub struct Check {
    child: Child,
    output: OwnedFd,
    status: OwnedFd,
    captured: Vec<u8>,
    is_cut: bool,
    statuses: Vec<u8>,
}

impl Check {
    pub fn start(request: &HealthRequest, target: &CheckedProcess) -> Result<Check, Failure> {
        let failed = |errno: Errno| Failure::kernel(CODE, "start the health check", errno);
        let text = exec_request(request, target).map_err(|cause| Failure::kernel(CODE, "start the health check", cause))?;
        let (output, inside) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
        let (status, writer) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
        for end in [&output, &status] {
            let flags = fcntl_getfl(end).map_err(failed)?;
            fcntl_setfl(end, flags | OFlags::NONBLOCK).map_err(failed)?;
        }
        let both = inside.try_clone().map_err(|cause| Failure::kernel(CODE, "start the health check", cause))?;
        let mut command = Command::new("/proc/self/exe");
        command.arg0("tsbuild-sandbox").stdin(Stdio::null()).stdout(inside).stderr(both);
        hand_down(&mut command, &text, &writer);
        let child = command.spawn().map_err(|cause| Failure::kernel(CODE, "start the health check", cause))?;
        Ok(Check { child, output, status, captured: Vec::new(), is_cut: false, statuses: Vec::new() })
    }

    pub fn poll_fds(&self) -> [PollFd<'_>; 2] {
        [&self.output, &self.status].map(|fd| PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN))
    }

    /// Reads the available output; true when the check has ended.
    pub fn advance(&mut self) -> bool {
        self.read_output();
        loop {
            let mut buffer = [0; 4096];
            match rustix::io::read(&self.status, &mut buffer) {
                Ok(0) => return true,
                Ok(length) if self.statuses.len() < MAX_STATUS => self.statuses.extend_from_slice(&buffer[..length]),
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return false,
                Err(_) => return true,
            }
        }
    }

    /// The exit code and output of an ended check. Processes that it left running do not matter.
    pub fn finish(mut self) -> (i32, String) {
        let _ = self.child.wait(); // it has exited: this only reaps it
        self.read_output();
        match last_status(&self.statuses) {
            Some(StatusLine::Exited { exit_code }) => (exit_code, self.text()),
            Some(StatusLine::Failed { message }) => (-1, message),
            _ => (-1, "Cannot run the health check: it ended without a result".into()),
        }
    }

    /// Terminates it; returns its output so far.
    pub fn abort(mut self) -> String {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id() as i32) {
            signals::send(pid, libc::SIGTERM); // it kills its command and exits
        }
        let mut ended = [PollFd::from_borrowed_fd(self.status.as_fd(), PollFlags::empty())];
        let _ = poll(&mut ended, Some(&LAST_SECOND)); // the result does not matter
        let _ = self.child.kill(); // an error means that it has exited
        let _ = self.child.wait();
        self.read_output();
        self.text()
    }

    fn read_output(&mut self) {
        for _ in 0..ROUNDS {
            let mut buffer = [0; 4096];
            match rustix::io::read(&self.output, &mut buffer) {
                Ok(0) => return,
                Ok(length) => {
                    let kept = length.min(MAX_OUTPUT - self.captured.len());
                    self.captured.extend_from_slice(&buffer[..kept]);
                    self.is_cut |= kept < length;
                }
                Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }

    fn text(&self) -> String {
        let captured = String::from_utf8_lossy(&self.captured);
        if self.is_cut { format!("{captured}...") } else { captured.into_owned() }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StatusLine {
    Exited {
        exit_code: i32,
    },
    Failed {
        message: String,
    },
    #[serde(other)]
    Other,
}

fn last_status(statuses: &[u8]) -> Option<StatusLine> {
    statuses.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).and_then(|line| serde_json::from_slice(line).ok())
}

/// As a file in memory: a pipe might be too small.
fn exec_request(request: &HealthRequest, target: &CheckedProcess) -> std::io::Result<OwnedFd> {
    let document = json!({
        "version": PROTOCOL_VERSION,
        "idMapping": { "kind": "host" },
        "request": {
            "verb": "exec",
            "pid": target.pid,
            "startTicks": target.start_ticks,
            "cgroup": target.cgroup,
            "process": request.process,
            "security": request.security,
        },
    });
    let mut file = File::from(memfd_create("tsbuild-request", MemfdFlags::CLOEXEC)?);
    file.write_all(document.to_string().as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}

/// The request at descriptor 3, the statuses at 4, as the driver passes them.
fn hand_down(command: &mut Command, request: &OwnedFd, writer: &OwnedFd) {
    let (request, writer) = (request.as_raw_fd(), writer.as_raw_fd());
    let prepare = move || {
        signals::reset_for_exec()?;
        sys::place_at_3_and_4(request, writer)?;
        Ok(sys::close_from_on_exec(5)?)
    };
    // SAFETY: the closure only makes system calls; it allocates nothing and takes no lock.
    unsafe { command.pre_exec(prepare) };
}
