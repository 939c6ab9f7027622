//! The verb run-in-tree: runs a command in a plain chroot, where neither namespaces nor mounts are available. It is not
//! isolated from the container that this process is in. Its changes are found by comparing the tree with a survey.
mod descendants;
mod placement;
mod step_files;

use foundation::failure::Failure;
use foundation::signals::{self, FORWARDED, SignalFd};
use foundation::status;
use foundation::sys::{self, Fork};
use protocol::{Network, RunInTreeRequest, RunRequest, Security};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, StatVfsMountFlags, open};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use sandbox::channel::{self, Report};
use sandbox::command::Command;
use sandbox::inside::Inside;
use sandbox::outcome::Outcome;
use sandbox::relay::{End, Relay};
use sandbox::streams::Streams;
use sandbox::supervise;
use sandbox::usage;
use sandbox::watch::{Watched, finish_output, watch};
use sandbox::working_directory;
use std::io::{stderr, stdin, stdout};
use std::path::Path;
use std::time::Instant;
use step_files::{NamedStream, StepFiles};

const CODE: &str = "SANDBOX_START";

/// Whether this process may use the system calls of the verb. Changes the root of the process.
pub fn try_chroot(scratch: &Path) -> Result<(), Failure> {
    refuse_unusable_mount(scratch)?;
    let failed = |errno| Failure::kernel(CODE, "run steps in a plain chroot", errno);
    let devices = scratch.join("dev");
    let tried = step_files::make_devices(&devices).and_then(|()| Ok(open(devices.join("null"), OFlags::RDWR, Mode::empty())?));
    let _ = std::fs::remove_dir_all(&devices); // what remains is removed with the scratch directory or is harmless
    tried.map_err(|cause| Failure::kernel(CODE, "create device nodes for steps in a plain chroot", cause))?;
    rustix::process::chroot(scratch).map_err(failed)
}

/// The tree of a step is in the store: programs and devices must be usable there.
fn refuse_unusable_mount(scratch: &Path) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, &format!("inspect the filesystem of \"{}\"", scratch.display()), errno);
    let flags = rustix::fs::statvfs(scratch).map_err(failed)?.f_flag;
    let forbidden = [(StatVfsMountFlags::NOEXEC, "noexec"), (StatVfsMountFlags::NODEV, "nodev")];
    match forbidden.into_iter().find(|(flag, _)| flags.contains(*flag)) {
        None => Ok(()),
        Some((_, name)) => {
            let message = format!("Cannot run steps in a plain chroot: the filesystem of the store is mounted with {name}");
            Err(Failure::new(CODE, message))
        }
    }
}

struct Running {
    pid: Pid,
    ended: OwnedFd,
}

pub fn run(request: &RunInTreeRequest) -> Result<(), Failure> {
    refuse_unavailable(&request.run)?;
    let failed = |errno| Failure::kernel(CODE, "watch the step", errno);
    let signals = SignalFd::block(&FORWARDED).map_err(failed)?;
    descendants::adopt().map_err(failed)?;
    let mut files = StepFiles::beneath(&request.tree, &request.stash)?;
    let placed = files.place_all(&request.run);
    let named = std::mem::take(&mut files.streams);
    let outcome = placed.and_then(|()| run_to_end(request, &signals, named));
    let removed = files.remove();
    let outcome = outcome?; // the first failure is reported
    removed?;
    supervise::report(outcome);
    Ok(())
}

fn run_to_end(request: &RunInTreeRequest, signals: &SignalFd, named: Vec<NamedStream>) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let (stdin, stdout, stderr) = (stdin(), stdout(), stderr());
    let mut streams = Streams::open([stdin.as_fd(), stdout.as_fd(), stderr.as_fd()], false)?;
    let (ends, kept): (Vec<_>, Vec<_>) = named.into_iter().map(NamedStream::into_ends).unzip();
    let outer = [stdout.as_fd(), stderr.as_fd()];
    streams.relays.extend(ends.into_iter().zip(outer).map(|(read, to)| Relay::output(End::Own(read), End::Borrowed(to))));
    let running = start(&request.tree, &request.run, streams.inner())?;
    status::started(running.pid.as_raw_nonzero().get());
    streams.connect(None, None)?;
    watch(&running, signals, (&mut streams.relays, false));
    let ended = usage::wait_for(running.pid);
    descendants::end_all();
    drop(kept); // no other process writes to the named streams: now they end
    let (status, used) = ended?;
    finish_output(&mut streams)?;
    Ok(Outcome { status, oom_killed: false, usage: usage::complete(&used, started.elapsed(), &Default::default()) })
}

/// Returns when the command has been executed.
fn start(tree: &Path, request: &RunRequest, stdio: [BorrowedFd<'_>; 3]) -> Result<Running, Failure> {
    let failed = |errno| Failure::kernel(CODE, "start a process", errno);
    let (answer, report) = channel::pair()?;
    let pid = match sys::fork().map_err(failed)? {
        Fork::Child => {
            drop(answer);
            let failure = become_command((tree, request), stdio, &report);
            let _ = channel::send(&report, &Report::Failed(failure), &[]); // the parent has exited
            sys::exit_now(1)
        }
        Fork::Parent(pid) => pid,
    };
    drop(report); // the command's copy closes on exec
    while let Some((received, _)) = channel::receive::<Report>(&answer)? {
        if let Report::Failed(failure) = received {
            usage::wait_for(pid)?;
            return Err(failure);
        }
    }
    let ended = match pidfd_open(pid, PidfdFlags::empty()) {
        // Unknown to gVisor and to old filters of containers.
        Err(Errno::NOSYS | Errno::PERM) => readable_at_end_of(pid),
        opened => opened,
    };
    Ok(Running { pid, ended: ended.map_err(failed)? })
}

fn readable_at_end_of(pid: Pid) -> Result<OwnedFd, Errno> {
    let (ended, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    std::thread::spawn(move || {
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT); // fails only if it has been waited for
        let _ = rustix::io::write(&writer, b"\n"); // without a reader, watching is over
    });
    Ok(ended)
}

fn become_command((tree, request): (&Path, &RunRequest), stdio: [BorrowedFd<'_>; 3], report: &OwnedFd) -> Failure {
    let entered = enter(tree, stdio, report).and_then(|inside| {
        working_directory::make(&inside, &request.process)?;
        Ok(inside)
    });
    match entered {
        Ok(inside) => match Command::prepare(&inside, &request.process, (Security::Default, false)) {
            Ok(command) => command.take_over(None, report),
            Err(failure) => failure,
        },
        Err(failure) => failure,
    }
}

fn enter(tree: &Path, stdio: [BorrowedFd<'_>; 3], report: &OwnedFd) -> Result<Inside, Failure> {
    let failed = |errno| Failure::kernel(CODE, "enter the root of the step", errno);
    rustix::stdio::dup2_stdin(stdio[0]).map_err(failed)?;
    rustix::stdio::dup2_stdout(stdio[1]).map_err(failed)?;
    rustix::stdio::dup2_stderr(stdio[2]).map_err(failed)?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    Inside::chroot(tree, &[report.as_fd()])
}

/// A setting is refused rather than ignored.
fn refuse_unavailable(request: &RunRequest) -> Result<(), Failure> {
    let refused = |code, what: &str| {
        let message =
            format!("Cannot {what}: the step runs in a plain chroot, because this container allows no namespaces with mounts");
        Err(Failure::new(code, message).with_hint("See docs/rootless.md for what the container needs"))
    };
    if request.network != Network::Host {
        return refused("SANDBOX_NETWORK", "give the step another network than this container's");
    }
    if request.cgroup.as_ref().is_some_and(|cgroup| !cgroup.devices_only) {
        return refused("SANDBOX_CGROUP", "limit the resources of the step");
    }
    if request.security == Security::Insecure {
        return refused("SANDBOX_CAPABILITY", "run the step with --security=insecure");
    }
    Ok(())
}

impl Watched for Running {
    fn pid(&self) -> Pid {
        self.pid
    }

    fn ended(&self) -> BorrowedFd<'_> {
        self.ended.as_fd()
    }

    fn kill(&self) {
        signals::send(self.pid, libc::SIGKILL);
    }
}
