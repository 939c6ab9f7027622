//! The first process of the sandbox: builds it from inside, starts the command, reaps processes and forwards signals.
use super::channel::{self, Connected, Go, Report};
use super::setup;
use crate::cgroup::Cgroup;
use crate::inside::Inside;
use crate::mounts::kernel_files;
use crate::namespaces::joined_namespaces::JoinedNamespaces;
use crate::namespaces::user_namespace::UserNamespace;
use crate::networking::default_routes::{self, DefaultRoutes};
use crate::networking::network;
use crate::process::command::Command;
use crate::process::oom_score;
use crate::process::usage;
use crate::process::working_directory;
use crate::stdio::terminal;
use foundation::failure::Failure;
use foundation::signals::{self, FORWARDED, SignalFd};
use foundation::sys::{self, Fork};
use protocol::{Network, RunRequest};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::process::{Pid, Signal, WaitOptions, wait};
use rustix::termios::Winsize;

const CODE: &str = "SANDBOX_START";

pub struct Init<'a> {
    pub request: &'a RunRequest,
    pub channel: OwnedFd,
    /// The command's stdin, stdout and stderr.
    pub stdio: [BorrowedFd<'a>; 3],
    /// The network that is available.
    pub network: Network,
    pub joined: JoinedNamespaces,
    pub users: Option<UserNamespace>,
    pub cgroup: Option<&'a Cgroup>,
    /// Default routes of the host. A private network will have the same.
    pub routes: DefaultRoutes,
}

impl Init<'_> {
    pub fn guards_devices(&self) -> bool {
        self.cgroup.is_some_and(Cgroup::guards_devices)
    }
}

/// Never returns: this process is PID 1, and all processes inside end with it, unless it has joined another PID namespace.
pub fn main(init: Init<'_>) -> ! {
    let channel = &init.channel;
    match run(&init) {
        Ok(status) => {
            let _ = channel::send(channel, &Report::Exited { status }, &[]); // the exit code contains nearly the same
            sys::exit_now(usage::end_of(status).exit_code())
        }
        Err(failure) => {
            let _ = channel::send(channel, &Report::Failed(failure), &[]);
            sys::exit_now(1)
        }
    }
}

fn run(init: &Init<'_>) -> Result<i32, Failure> {
    let failed = |errno| Failure::kernel(CODE, "prepare the first process", errno);
    signals::die_with_parent(Signal::KILL).map_err(failed)?;
    let signals = SignalFd::block(&[&FORWARDED[..], &[libc::SIGCHLD]].concat()).map_err(failed)?;
    let size = terminal::size_of_caller();
    let inside = build(init, &signals)?;
    let (command, terminal) = prepare(init, &inside, size)?;
    if init.network == Network::Private {
        wait_for_network(init)?;
    }
    if !init.request.has_init() {
        return Err(command.take_over(terminal.as_ref(), &init.channel));
    }
    let child = start(command, terminal.as_ref(), &init.channel)?;
    drop(terminal);
    channel::send(&init.channel, &Report::Started, &[])?;
    Ok(attend(child, &signals, &init.channel))
}

/// Detaches from the caller's resources.
fn detach_from_caller(init: &Init<'_>, signals: &SignalFd) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "prepare the first process", errno);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    sys::leave_session_keyring().map_err(failed)?;
    if init.joined.processes.is_none() {
        oom_score::apply(init.request.process.oom_score_adj)?;
    }
    rustix::stdio::dup2_stdin(init.stdio[0]).map_err(failed)?;
    rustix::stdio::dup2_stdout(init.stdio[1]).map_err(failed)?;
    rustix::stdio::dup2_stderr(init.stdio[2]).map_err(failed)?;
    let of_users = init.users.as_ref().map_or_else(Vec::new, UserNamespace::descriptors);
    let kept = [vec![init.channel.as_fd(), signals.as_fd()], init.joined.descriptors(), of_users].concat();
    // The other ends of the launching process's pipes must not be kept open here.
    sys::close_all_but(&kept).map_err(failed)
}

/// Builds and enters the sandbox.
fn build(init: &Init<'_>, signals: &SignalFd) -> Result<Inside, Failure> {
    detach_from_caller(init, signals)?;
    let begins_in_v2 = init.joined.processes.is_none();
    init.cgroup.map_or(Ok(()), |cgroup| cgroup.join(begins_in_v2))?;
    if let Some(users) = &init.users {
        users.own_pipes([std::io::stdin().as_fd(), std::io::stdout().as_fd(), std::io::stderr().as_fd()]);
        users.join_owned()?;
    }
    if init.network == Network::Private {
        channel::send(&init.channel, &Report::Network, &[network::open_own()?.as_fd()])?;
    }
    let Some((go, _)) = channel::receive::<Go>(&init.channel)? else { sys::exit_now(1) };
    let mut warn = |message| drop(channel::send(&init.channel, &Report::Warning { message }, &[]));
    let ready = setup::build(init, &go, &mut warn)?;
    let shown: Vec<_> = std::iter::once(&ready.root).chain(&ready.held).map(AsFd::as_fd).collect();
    channel::send(&init.channel, &Report::Ready { made: ready.made }, &shown)?;
    drop((ready.root, ready.held));
    init.users.as_ref().map_or(Ok(()), UserNamespace::enter)?;
    Inside::seal(&[init.channel.as_fd(), signals.as_fd()])
}

/// The command, and the inner end of its terminal if it has one.
fn prepare<'a>(init: &'a Init<'_>, inside: &'a Inside, size: Option<Winsize>) -> Result<(Command<'a>, Option<OwnedFd>), Failure> {
    let process = &init.request.process;
    working_directory::make(inside, process)?;
    let command = Command::prepare(inside, process, (init.request.security, init.guards_devices()))?;
    let terminal = if process.terminal { Some(terminal::open(inside, size)?) } else { None };
    if let Some(pair) = &terminal {
        channel::send(&init.channel, &Report::Terminal, &[pair.outer.as_fd()])?;
    }
    let inner = terminal.map(|pair| pair.inner);
    if let Some(inner) = &inner {
        kernel_files::mount_console(inside, inner)?;
    }
    Ok((command, inner))
}

/// Returns when packets of the command can be sent: when the routes exist, at the latest when the helper is ready.
fn wait_for_network(init: &Init<'_>) -> Result<(), Failure> {
    if !default_routes::wait_for(init.routes, &init.channel)? && channel::receive::<Connected>(&init.channel)?.is_none() {
        sys::exit_now(1); // the launching process has exited
    }
    Ok(())
}

/// Returns when the command has been executed.
fn start(command: Command<'_>, terminal: Option<&OwnedFd>, channel: &OwnedFd) -> Result<Pid, Failure> {
    let failed = |errno| Failure::kernel(CODE, "start the command", errno);
    let (answer, writer) = channel::pair()?;
    match sys::fork().map_err(failed)? {
        Fork::Child => match command.execute(terminal, channel) {
            Ok(code) => sys::exit_now(code),
            Err(failure) => {
                let _ = channel::send(&writer, &failure, &[]);
                sys::exit_now(1)
            }
        },
        Fork::Parent(child) => {
            drop(writer); // the command's copy closes on exec
            match channel::receive::<Failure>(&answer)? {
                None => Ok(child),
                Some((failure, _)) => Err(failure),
            }
        }
    }
}

/// Runs until the command ends, which ends all other processes. Returns its wait status.
fn attend(child: Pid, signals: &SignalFd, channel: &OwnedFd) -> i32 {
    loop {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            if pid == child {
                end_others();
                return status.as_raw();
            }
        }
        let mut watched = [PollFd::new(signals, PollFlags::IN), PollFd::new(channel, PollFlags::empty())];
        let _ = poll(&mut watched, None); // an interrupted wait only repeats the loop
        if watched[1].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
            sys::exit_now(1); // the launching process has exited: end everything
        }
        while let Some(signal) = signals.next() {
            if signal != libc::SIGCHLD {
                signals::send(child, signal);
            }
        }
    }
}

/// Waits for them here, so that their resource usage is counted.
fn end_others() {
    sys::kill_all(libc::SIGKILL);
    while let Ok(Some(_)) = wait(WaitOptions::empty()) {}
}
