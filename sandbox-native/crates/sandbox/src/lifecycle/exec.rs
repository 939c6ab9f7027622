//! The verb `exec`: runs a further command in an existing sandbox.
use super::channel::{self, Report};
use super::first_process;
use super::watch::{WatchEnd, Watched, finish_output, watch};
use crate::inside::Inside;
use crate::namespaces::enter::{self, JoinedProcess};
use crate::ownership::Keeper;
use crate::process::command::{self, Command};
use crate::process::oom_score;
use crate::process::outcome::End;
use crate::process::usage;
use crate::stdio::detach_keys::DetachKeys;
use crate::stdio::streams::Streams;
use crate::stdio::terminal;
use foundation::events::Events;
use foundation::failure::Failure;
use foundation::owner_record;
use foundation::signals::{self, FORWARDED, SignalFd};
use foundation::status;
use foundation::sys::{self, Fork};
use protocol::{ExecEndEvent, ExecRequest, Exited, ResourceUsage};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::process::Pid;
use rustix::termios::Winsize;
use std::io::{stderr, stdin, stdout};
use std::time::{Duration, Instant};

const CODE: &str = "SANDBOX_START";

fn append_end(event: &ExecEndEvent, end: End) {
    let code = end.exit_code().to_string();
    event.log.append("exec_die", &[("execID", &event.exec_id), ("exitCode", &code)]);
}

struct Entered {
    pid: Pid,
    pidfd: OwnedFd,
    sized: Option<OwnedFd>,
}

/// The process that watches the command stays outside, with all its descriptors; a child enters.
pub fn exec(request: &ExecRequest) -> Result<(), Failure> {
    let began = Instant::now();
    let signals = SignalFd::block(&FORWARDED).map_err(|errno| Failure::kernel(CODE, "watch the command", errno))?;
    sys::leave_session_keyring().map_err(|errno| Failure::kernel(CODE, "leave the caller's keyring", errno))?;
    let target = JoinedProcess::open(request.pid, request.start_ticks, &request.cgroup)?;
    let (stdin, stdout, stderr) = (stdin(), stdout(), stderr());
    let mut streams = Streams::open([stdin.as_fd(), stdout.as_fd(), stderr.as_fd()], request.process.terminal)?;
    let keeper = start_keeper(request.pid)?;
    let (entered, terminal) = Entry { request, target: &target }.start(streams.inner(), keeper.as_ref())?;
    let connected = streams.connect(terminal, request.detach_keys.clone().map(DetachKeys::from));
    let null = match connected.and_then(|()| request.detached.then(status::open_null).transpose()) {
        Ok(null) => null,
        Err(failure) => {
            entered.kill();
            usage::wait_for(entered.pid)?; // otherwise a zombie remains in the container's process table
            return Err(failure);
        }
    };
    status::started(entered.pid.as_raw_nonzero().get());
    if let Some(null) = null {
        status::close(null)?;
    }
    if watch(&entered, &signals, (&mut streams.relays, request.process.terminal)) == WatchEnd::Detached {
        let end = detach(&entered, (&signals, streams), began.elapsed())?;
        request.end_event.iter().for_each(|event| append_end(event, end));
        return Ok(());
    }
    let (end, used) = usage::wait_for(entered.pid)?;
    if let (true, Some(event)) = (request.detached, &request.end_event) {
        append_end(event, end);
    }
    let written = finish_output(&mut streams);
    drop(streams); // restores the caller's terminal
    written?;
    let signal = match end {
        End::Code(_) => None,
        End::Signal(number) => Some(signals::name(number)),
    };
    let usage = usage::complete(&used, began.elapsed(), &Default::default());
    status::exited(Exited { exit_code: end.exit_code(), signal, oom_killed: false, usage, is_detached: false });
    Ok(())
}

/// Gives the terminal back to the caller, which continues without this process. This process holds the command's terminal
/// until the command ends: the command dies with its parent.
fn detach(entered: &Entered, (signals, mut streams): (&SignalFd, Streams<'_>), after: Duration) -> Result<End, Failure> {
    streams.detach()?;
    rustix::process::setsid().map_err(|errno| Failure::kernel(CODE, "release the terminal", errno))?;
    let usage = usage::complete(&ResourceUsage::default(), after, &Default::default());
    let null = status::open_null()?;
    status::exited(Exited { exit_code: 0, signal: None, oom_killed: false, usage, is_detached: true });
    status::close(null)?;
    watch(entered, signals, (&mut streams.relays, false));
    usage::wait_for(entered.pid).map(|(end, _)| end)
}

/// Called before namespaces are entered: the keeper stays outside.
fn start_keeper(pid: i32) -> Result<Option<Keeper>, Failure> {
    match Pid::from_raw(pid) {
        Some(first) if owner_record::maps_one_id(&pid.to_string()) => {
            // A supervisor is in the user namespace of its command and cannot enter it again.
            let is_outside = !enter::shares_user_namespace(pid);
            Keeper::start(first, is_outside).map(Some)
        }
        _ => Ok(None),
    }
}

/// A command that enters a container.
struct Entry<'a> {
    request: &'a ExecRequest,
    target: &'a JoinedProcess,
}

impl Entry<'_> {
    /// Returns when the command has been executed, with its terminal.
    fn start(&self, stdio: [BorrowedFd<'_>; 3], keeper: Option<&Keeper>) -> Result<(Entered, Option<OwnedFd>), Failure> {
        let (answer, report) = channel::pair()?;
        let size = terminal::size_of_caller();
        let forked = first_process::start_from(0, |helpers| self.enter(stdio, &[helpers, report.as_fd()]))?;
        let (Fork::Parent(pid), Some(pidfd)) = forked else {
            let failure = match self.become_command(size, &report) {
                Ok(code) => sys::exit_now(code),
                Err(failure) => failure,
            };
            let _ = channel::send(&report, &Report::Failed(failure), &[]); // the parent has exited
            sys::exit_now(1)
        };
        drop(report); // the command's copy closes on exec
        let mut terminal = None;
        while let Some((report, descriptors)) = channel::receive::<Report>(&answer)? {
            match (report, keeper) {
                (Report::Terminal, _) => terminal = descriptors.into_iter().next(),
                (Report::Owners { initial }, Some(keeper)) => keeper.hand_over(&initial, &descriptors)?,
                (Report::Failed(failure), _) => {
                    usage::wait_for(pid)?; // otherwise a zombie remains in the container's process table
                    return Err(failure);
                }
                _ => {}
            }
        }
        let sized = terminal.as_ref().map(OwnedFd::try_clone).transpose();
        let sized = sized.map_err(|cause| Failure::kernel(CODE, "share the terminal", cause))?;
        Ok((Entered { pid, pidfd, sized }, terminal))
    }

    /// In a helper process, which is not visible inside. SECURITY: it first closes descriptors that it does not need there.
    fn enter(&self, stdio: [BorrowedFd<'_>; 3], channels: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        let failed = |errno| Failure::kernel(CODE, "set up the standard streams", errno);
        rustix::stdio::dup2_stdin(stdio[0]).map_err(failed)?;
        rustix::stdio::dup2_stdout(stdio[1]).map_err(failed)?;
        rustix::stdio::dup2_stderr(stdio[2]).map_err(failed)?;
        self.target.own_pipes(stdio);
        let kept: Vec<_> = self.target.descriptors().chain(channels.iter().copied()).collect();
        sys::close_all_but(&kept).map_err(failed)?;
        oom_score::apply(self.request.process.oom_score_adj)?;
        first_process::hide()?;
        self.target.enter()
    }

    /// In the child, which is in the PID namespace: /proc/self is valid only there.
    fn become_command(&self, size: Option<Winsize>, channel: &OwnedFd) -> Result<i32, Failure> {
        let &Entry { request, target } = self;
        command::end_with_parent(channel)?;
        target.join_groups()?;
        let inside = Inside::seal(&[channel.as_fd()])?;
        let terminal = if request.process.terminal { Some(terminal::open(&inside, size)?) } else { None };
        if let Some(pair) = &terminal {
            channel::send(channel, &Report::Terminal, &[pair.outer.as_fd()])?;
        }
        let inner = terminal.map(|pair| pair.inner);
        let command = Command::prepare(&inside, &request.process, (request.security, target.guards_devices()))?;
        if request.detached {
            return Err(command.take_over(inner.as_ref(), channel)); // no caller sees its output and its exit code
        }
        command.execute(inner.as_ref(), channel)
    }
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
