//! The supervisor: starts a container's first process, watches it, records how it ended, and restarts it by its restart policy.
//! Decides nothing about images, mounts or names: these are in its request.
mod notes;

use crate::between_runs;
use crate::connection_drain::ConnectionDrain;
use crate::control::{Control, FirstClient};
use crate::frames::Change;
use crate::health_monitor::Monitor;
use crate::json_log::JsonLog;
use crate::restart_delay::RestartDelay;
use crate::session::{self, Session, Stopping};
use crate::state_file::{StateFile, Status};
use crate::stdio::{self, SupervisorEnds};
use crate::{container_lock, forward, ports, removal};
use foundation::events::Events;
use foundation::failure::Failure;
use foundation::signals::{self, SignalFd};
use foundation::status;
use protocol::SuperviseRequest;
use sandbox::launch::{self, Launch, Running};
use sandbox::watch::Watched;
use serde::Serialize;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

/// One container from its start to its final end.
struct Supervisor {
    request: SuperviseRequest,
    state: StateFile,
    control: Control,
    log: Option<JsonLog>,
    signals: SignalFd,
    health: Option<Monitor>,
    /// Received while the container ran, applied to later runs.
    change: Option<Change>,
    /// Released when this process and all that inherited it have exited: a process that gets the lock knows that none is left.
    lock: OwnedFd,
}

/// Sent to clients when the container has ended.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Exit {
    exit_code: i32,
    oom_killed: bool,
}

/// The resources of one run other than its process.
struct Surroundings {
    outside: SupervisorEnds,
    listeners: Vec<ports::Listener>,
    bound: Vec<ports::BoundPort>,
    is_first: bool,
}

/// How a run ended, and whether a stop was requested.
struct Ended {
    exit: Exit,
    is_wanted: bool,
    /// What remains of it: its cgroup, its network helper.
    remains: Running,
}

pub fn supervise(mut request: SuperviseRequest) -> Result<(), Failure> {
    rustix::process::chdir(&request.directory)
        .map_err(|errno| Failure::kernel("CONTAINER_IO", &format!("work in \"{}\"", request.directory.display()), errno))?;
    let lock = container_lock::lock()?;
    request.run.is_published = !request.ports.is_empty();
    let signals = SignalFd::block(&[libc::SIGTERM, libc::SIGINT, libc::SIGHUP])
        .map_err(|errno| Failure::kernel("CONTAINER_IO", "take over the signals", errno))?;
    let control = Control::open(request.attached.then_some(FirstClient { feeds_stdin: request.open_stdin }))?;
    let limits = request.log.as_ref();
    let log = limits.map(|log| JsonLog::open("log.json".as_ref(), log.max_size_bytes, log.max_files)).transpose()?;
    let state = StateFile::new(&request.directory);
    let health = request.health.take().map(Monitor::new);
    let mut supervisor = Supervisor { request, state, control, log, signals, health, change: None, lock };
    match supervisor.run_all() {
        Ok(last) => supervisor.finish(last),
        Err(failure) => supervisor.give_up(failure),
    }
}

impl Supervisor {
    /// Returns when the container has ended and will not be restarted.
    fn run_all(&mut self) -> Result<Ended, Failure> {
        let mut delay = RestartDelay::default();
        let mut is_first = true;
        loop {
            let began = Instant::now();
            let mut ended = self.run_once(is_first)?;
            is_first = false;
            if ended.is_wanted || !self.needs_restart(&ended.exit) {
                return Ok(ended);
            }
            ended.remains.undo(&mut warn)?;
            self.note_end(&ended.exit, Status::Restarting)?;
            let is_stopped = self.wait_before_restart(delay.after(began.elapsed()))?;
            if is_stopped || !self.needs_restart(&ended.exit) {
                return Ok(ended);
            }
            self.state.state.restart_count += 1;
        }
    }

    /// By the latest restart policy.
    fn needs_restart(&mut self, exit: &Exit) -> bool {
        if let Some(change) = self.change.take() {
            self.request.restart = change.restart;
            self.request.run.cgroup = Some(change.cgroup);
        }
        self.request.restart.needs_restart(exit.exit_code, self.state.state.restart_count)
    }

    fn run_once(&mut self, is_first: bool) -> Result<Ended, Failure> {
        self.state.reserve_space(self.request.ports.len())?;
        let (listeners, bound) = ports::bind_all(&self.request.ports)?;
        let (mut running, outside) = self.launch()?;
        let stopping = self.supervise(&running, Surroundings { outside, listeners, bound, is_first });
        if stopping.is_err() {
            running.kill();
        }
        let ended = running.end();
        let (outcome, is_wanted) = match (ended, stopping) {
            (Ok(outcome), Ok(stopping)) => (outcome, stopping.is_wanted),
            (Err(failure), _) | (_, Err(failure)) => {
                let _ = running.undo(&mut warn); // the first failure is reported
                return Err(failure);
            }
        };
        let exit_code = outcome.status.exit_code();
        Ok(Ended { exit: Exit { exit_code, oom_killed: outcome.oom_killed }, is_wanted, remains: running })
    }

    /// From the start, which is reported to waiting clients, to the end of the first process.
    fn supervise(&mut self, running: &Running, around: Surroundings) -> Result<Stopping, Failure> {
        if around.is_first {
            signals::fail_if_cancelled()?; // the client that requested the start may have cancelled it in the meantime
        }
        self.note_start(running, around.bound)?;
        let forwarder = forward::start(around.listeners, running.pid)?;
        if around.is_first {
            let null = status::open_null()?;
            status::started(running.pid.as_raw_nonzero().get());
            status::close(null)?;
        }
        let stopping = self.attend(running, around.outside);
        if let Some(monitor) = &mut self.health {
            monitor.end();
        }
        if let Some(forwarder) = forwarder {
            forwarder.stop();
        }
        stopping
    }

    fn launch(&mut self) -> Result<(Running, SupervisorEnds), Failure> {
        let cgroup = launch::make_cgroup(&self.request.run, &mut warn)?;
        if let (true, Some(cgroup)) = (self.request.run.pid.are_shared(), &cgroup) {
            // If this process is killed, the processes of the container remain: the clean-up finds them by these groups.
            self.state.state.cgroup = cgroup.directories().map(Path::to_owned).collect();
            self.state.publish().inspect_err(|_| drop(cgroup.remove()))?; // the first failure is reported
        }
        let run = &self.request.run;
        if run.process.terminal {
            let null = stdio::null()?;
            let mut running = launch::launch(Launch { request: run, cgroup, stdio: [null.as_fd(); 3] }, &mut warn)?;
            let master = running.terminal.take();
            let master = master.ok_or_else(|| Failure::new("CONTAINER_IO", "Cannot attach the container: it has no terminal"))?;
            return Ok((running, stdio::terminal(master)?));
        }
        let (inside, outside) = stdio::pipes(self.request.open_stdin)?;
        let ends = [inside.stdin.as_fd(), inside.stdout.as_fd(), inside.stderr.as_fd()];
        Ok((launch::launch(Launch { request: run, cgroup, stdio: ends }, &mut warn)?, outside))
    }

    fn attend(&mut self, running: &Running, outside: SupervisorEnds) -> Result<Stopping, Failure> {
        let mut session = Session {
            control: &mut self.control,
            log: self.log.as_mut(),
            signals: &self.signals,
            outside,
            ended: running.pidfd.as_fd(),
            stop_signal: self.request.stop_signal,
            stop_timeout_ms: self.request.stop_timeout_ms,
            stdin_once: self.request.stdin_once,
            send: &|signal| if signal == libc::SIGKILL { running.kill() } else { running.signal(signal) },
            health: self.health.as_mut(),
            state: &mut self.state,
            events: &mut self.request.events,
            change: &mut self.change,
            stopping: Stopping::default(),
            is_frozen_here: false,
            buffer: session::new_buffer(),
        };
        session.run()?;
        Ok(session.stopping)
    }

    /// True if the container was stopped in the meantime.
    fn wait_before_restart(&mut self, delay: Duration) -> Result<bool, Failure> {
        let until = Instant::now() + delay;
        between_runs::wait_for_stop((&mut self.control, &self.signals), (&mut self.request.events, &mut self.change), until)
    }

    /// A failure is reported to the client that requested the start; a later one ends the container for all clients.
    fn give_up(mut self, failure: Failure) -> Result<(), Failure> {
        let has_started = self.state.state.started_at.is_some();
        self.note_failure(&failure);
        if !has_started {
            return Err(failure);
        }
        let exit = Exit { exit_code: self.state.state.exit_code, oom_killed: false };
        let _ = self.disconnect(&exit, None); // the first failure is reported
        Err(failure)
    }

    /// The state is on disk before clients are notified of the end.
    fn finish(mut self, last: Ended) -> Result<(), Failure> {
        let noted = self.note_end(&last.exit, Status::Exited);
        self.state.release_space();
        self.disconnect(&last.exit, Some(last.remains)).and(noted)
    }

    /// Directories to remove are hidden before clients are notified of the end. The rest may take long, but no client waits
    /// for it, and neither a client that does not read nor a full disk blocks access to the container.
    fn disconnect(mut self, exit: &Exit, remains: Option<Running>) -> Result<(), Failure> {
        let hidden = removal::hide_all(&self.request.directory, &self.request.remove_afterwards);
        if hidden.is_ok() && !self.request.remove_afterwards.is_empty() {
            self.request.events.append("destroy", &[]);
        }
        self.control.stop_accepting();
        self.control.send_exit(exit);
        let drain = ConnectionDrain::begin(self.control.clients);
        let undone = remains.map_or(Ok(()), |mut remains| remains.undo(&mut warn));
        let removed = hidden.and_then(removal::remove_all);
        drop(self.lock);
        drain.finish();
        undone.and(removed)
    }
}

fn warn(message: &str) {
    status::warning(message);
}
