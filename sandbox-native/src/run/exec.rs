//! The verb `exec`: a further command beside the first process of a sandbox.
use super::channel::{self, Report};
use super::detach_keys::DetachKeys;
use super::command::Command;
use super::enter::{self, Target};
use super::launch::End;
use super::ownership::Keeper;
use super::spec::{ProcessSpec, Security};
use super::streams::Streams;
use super::terminal::{self, Pair};
use super::usage::{self, Usage};
use super::watch::{Over, Watched, finish_output, watch};
use crate::events::EventLog;
use crate::failure::Failure;
use crate::owner_record;
use crate::signals::{self, FORWARDED, SignalFd};
use crate::status::{self, Exited};
use crate::sys::{self, Fork};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::Deserialize;
use std::io::{stderr, stdin, stdout};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const CODE: &str = "SANDBOX_START";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecRequest {
    /// The first process, as this process sees it.
    pub pid: i32,
    pub start_ticks: u64,
    pub cgroup: Vec<PathBuf>,
    pub process: ProcessSpec,
    #[serde(default)]
    pub security: Security,
    #[serde(default)]
    pub detached: bool,
    /// With a terminal: leave the command running.
    pub detach_keys: Option<DetachKeys>,
    /// Where the end of a command is told that its caller left.
    pub end_event: Option<EndEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndEvent {
    log: EventLog,
    #[serde(rename = "execID")]
    exec_id: String,
}

/// Opened before the container is entered, from where the log is out of sight.
struct LastWord<'a> {
    event: &'a EndEvent,
    directory: OwnedFd,
}

impl LastWord<'_> {
    fn open(event: &EndEvent) -> Option<LastWord<'_>> {
        event.log.open().ok().map(|directory| LastWord { event, directory })
    }

    fn tell(&self, end: End) {
        let code = end.exit_code().to_string();
        self.event.log.append_in(self.directory.as_fd(), "exec_die", &[("execID", &self.event.exec_id), ("exitCode", &code)]);
    }
}

struct Entered {
    pid: Pid,
    pidfd: OwnedFd,
    sized: Option<OwnedFd>,
}

pub fn exec(request: &ExecRequest) -> Result<(), Failure> {
    let began = Instant::now();
    let signals = SignalFd::block(&FORWARDED).map_err(|errno| Failure::kernel(CODE, "watch the command", errno))?;
    sys::leave_session_keyring().map_err(|errno| Failure::kernel(CODE, "leave the caller's keys", errno))?;
    let target = Target::open(request.pid, request.start_ticks, &request.cgroup)?;
    let null = open_null()?;
    let (stdin, stdout, stderr) = (stdin(), stdout(), stderr());
    let mut streams = Streams::open([stdin.as_fd(), stdout.as_fd(), stderr.as_fd()], request.process.terminal)?;
    let keeper = keeper_beside(request.pid)?;
    let last_word = request.end_event.as_ref().and_then(LastWord::open);
    target.enter()?;
    let Pairing { outer, inner } = Pairing::of(request.process.terminal)?;
    let entered = start(request, &target, streams.inner(), (inner, outer.as_ref()), keeper.as_ref())?;
    let connected = streams.connect(outer, request.detach_keys.clone());
    let nowhere = match connected.and_then(|()| request.detached.then(status::nowhere).transpose()) {
        Ok(nowhere) => nowhere,
        Err(failure) => {
            entered.kill();
            usage::wait_for(entered.pid)?; // nobody else would, and it would stay in the table of the container's processes
            return Err(failure);
        }
    };
    status::started(entered.pid.as_raw_nonzero().get());
    if let Some(nowhere) = nowhere {
        status::close(nowhere)?;
    }
    if watch(&entered, &signals, &mut streams.relays, request.process.terminal) == Over::Left {
        return leave(&entered, &signals, (streams, null), (began.elapsed(), last_word));
    }
    let (end, used) = usage::wait_for(entered.pid)?;
    if let (true, Some(last_word)) = (request.detached, &last_word) {
        last_word.tell(end);
    }
    finish_output(&mut streams.relays);
    drop(streams); // gives the caller's terminal back
    let signal = match end {
        End::Code(_) => None,
        End::Signal(number) => Some(signals::name(number)),
    };
    let usage = used.complete(began.elapsed(), &Default::default());
    status::exited(&Exited { exit_code: end.exit_code(), signal, oom_killed: false, usage, is_detached: false });
    Ok(())
}

/// The caller gets its terminal back, and goes on without this process, which holds the command's own until it ends: the
/// command dies with its parent.
fn leave(
    entered: &Entered,
    signals: &SignalFd,
    (mut streams, null): (Streams<'_>, OwnedFd),
    (after, last_word): (Duration, Option<LastWord<'_>>),
) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "let go of the terminal", errno);
    streams.leave(&null)?;
    rustix::stdio::dup2_stdin(&null).map_err(failed)?;
    rustix::stdio::dup2_stdout(&null).map_err(failed)?;
    rustix::stdio::dup2_stderr(&null).map_err(failed)?;
    rustix::process::setsid().map_err(failed)?;
    let usage = Usage::default().complete(after, &Default::default());
    let nowhere = status::nowhere()?;
    status::exited(&Exited { exit_code: 0, signal: None, oom_killed: false, usage, is_detached: true });
    status::close(nowhere)?;
    watch(entered, signals, &mut streams.relays, false);
    let (end, _) = usage::wait_for(entered.pid)?;
    if let Some(last_word) = last_word {
        last_word.tell(end);
    }
    Ok(())
}

/// SECURITY: of the host. Inside, anything may lie under that name, and no control group says what this process may open.
fn open_null() -> Result<OwnedFd, Failure> {
    rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).map_err(|errno| Failure::kernel(CODE, "open \"/dev/null\"", errno))
}

/// Before anything is entered: it stays outside.
fn keeper_beside(pid: i32) -> Result<Option<Keeper>, Failure> {
    match Pid::from_raw(pid) {
        Some(first) if owner_record::maps_one_id(&pid.to_string()) => {
            // A supervisor is in the user namespace of its command, which can't be entered again.
            let is_outside = !enter::shares_user_namespace(pid);
            Keeper::start(first, is_outside).map(Some)
        }
        _ => Ok(None),
    }
}

#[derive(Default)]
struct Pairing {
    outer: Option<OwnedFd>,
    inner: Option<OwnedFd>,
}

impl Pairing {
    fn of(wanted: bool) -> Result<Self, Failure> {
        if !wanted {
            return Ok(Pairing::default());
        }
        let Pair { outer, inner } = terminal::open()?;
        Ok(Pairing { outer: Some(outer), inner: Some(inner) })
    }
}

/// Returns when the command is being executed.
fn start(
    request: &ExecRequest,
    target: &Target,
    stdio: [BorrowedFd<'_>; 3],
    (inner, outer): (Option<OwnedFd>, Option<&OwnedFd>),
    keeper: Option<&Keeper>,
) -> Result<Entered, Failure> {
    let failed = |errno| Failure::kernel(CODE, "start the command", errno);
    let (answer, tell) = channel::pair()?;
    let pid = match sys::fork().map_err(failed)? {
        Fork::Child => match become_command(request, target, stdio, (inner.as_ref(), &tell)) {
            Ok(code) => sys::exit_now(code),
            Err(failure) => {
                let _ = channel::send(&tell, &Report::Failed(failure), &[]); // nobody listens any more
                sys::exit_now(1)
            }
        },
        Fork::Parent(pid) => pid,
    };
    drop(tell); // the command's copy closes when it is executed
    while let Some((report, descriptors)) = channel::receive::<Report>(&answer)? {
        match (report, keeper) {
            (Report::Owners { initial }, Some(keeper)) => keeper.hand_over(&initial, &descriptors)?,
            (Report::Failed(failure), _) => {
                usage::wait_for(pid)?; // nobody else would, and it would stay in the table of the container's processes
                return Err(failure);
            }
            _ => {}
        }
    }
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(failed)?;
    let sized = outer.map(OwnedFd::try_clone).transpose();
    let sized = sized.map_err(|cause| Failure::kernel(CODE, "share the terminal", cause))?;
    Ok(Entered { pid, pidfd, sized })
}

/// In the child, which is in the pid namespace: /proc tells of itself only there.
fn become_command(
    request: &ExecRequest,
    target: &Target,
    stdio: [BorrowedFd<'_>; 3],
    (terminal, channel): (Option<&OwnedFd>, &OwnedFd),
) -> Result<i32, Failure> {
    let failed = |errno| Failure::kernel(CODE, "set up the standard streams", errno);
    target.join_groups()?;
    rustix::stdio::dup2_stdin(stdio[0]).map_err(failed)?;
    rustix::stdio::dup2_stdout(stdio[1]).map_err(failed)?;
    rustix::stdio::dup2_stderr(stdio[2]).map_err(failed)?;
    Command::prepare(&request.process, request.security, target.guards_devices())?.execute(terminal, channel)
}

impl Watched for Entered {
    fn pid(&self) -> Pid {
        self.pid
    }

    fn ended(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    fn terminal(&self) -> Option<&OwnedFd> {
        self.sized.as_ref()
    }
}
