//! One run of a container's first process: its streams, clients and signals, until it has ended.
use crate::control::{ClientEvent, Control};
use crate::frames::{Change, ToSupervisor};
use crate::health_monitor::Monitor;
use crate::json_log::JsonLog;
use crate::state_file::StateFile;
use crate::stdio::SupervisorEnds;
use foundation::events::Events;
use foundation::failure::Failure;
use foundation::signals::SignalFd;
use protocol::EventLog;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::Winsize;
use sandbox::cgroup;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

const READ_BYTES: usize = 64 << 10;
/// How long a stream may remain open without output after the first process and all others have ended.
const DRAIN_SILENCE: Duration = Duration::from_secs(1);

pub struct Session<'a> {
    pub control: &'a mut Control,
    pub log: Option<&'a mut JsonLog>,
    pub signals: &'a SignalFd,
    pub outside: SupervisorEnds,
    /// Readable when the first process has ended.
    pub ended: BorrowedFd<'a>,
    pub stop_signal: i32,
    pub stop_timeout_ms: u32,
    pub stdin_once: bool,
    pub send: &'a dyn Fn(i32),
    pub health: Option<&'a mut Monitor>,
    pub state: &'a mut StateFile,
    pub events: &'a mut EventLog,
    pub change: &'a mut Option<Change>,
    pub stopping: Stopping,
    pub is_frozen_here: bool,
    pub buffer: Vec<u8>,
}

/// A stop was requested: the container is not restarted.
#[derive(Default)]
pub struct Stopping {
    pub is_wanted: bool,
    kill_at: Option<Instant>,
}

#[derive(Default)]
struct Ready {
    ended: bool,
    signal: bool,
    outputs: Vec<usize>,
    stdin: bool,
    control: bool,
}

impl Session<'_> {
    /// Returns when the first process has ended and its last output is in the log.
    pub fn run(&mut self) -> Result<(), Failure> {
        if self.control.is_held_frozen() {
            self.freeze(); // requested during an earlier run, or between two
        }
        loop {
            let health_at = self.health.as_ref().and_then(|monitor| monitor.deadline());
            let ready = self.wait(self.stopping.kill_at.into_iter().chain(health_at).min())?;
            self.handle(&ready);
            if ready.ended {
                (self.send)(libc::SIGKILL); // if the first process does not end the others, this does
                self.outside.let_go();
                return self.drain();
            }
            if self.stopping.kill_at.is_some_and(|at| Instant::now() >= at) {
                self.stopping.kill_at = None;
                self.signal(libc::SIGKILL);
            }
            self.look_after_health();
        }
    }

    fn handle(&mut self, ready: &Ready) {
        self.read_outputs(&ready.outputs);
        if ready.stdin {
            self.outside.flush_stdin();
        }
        if ready.signal {
            while let Some(signal) = self.signals.next() {
                if signal == libc::SIGTERM {
                    self.stop(self.stop_signal, self.stop_timeout_ms);
                }
            }
        }
        if ready.control || self.control.has_unsent() {
            for event in self.control.serve(self.outside.is_stdin_full()) {
                self.obey(event);
            }
        }
    }

    fn obey(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Message(ToSupervisor::WantOutput | ToSupervisor::FeedStdin) => {}
            ClientEvent::Message(ToSupervisor::Stdin(bytes)) => {
                self.outside.feed(&bytes);
                self.outside.flush_stdin();
            }
            ClientEvent::Message(ToSupervisor::StdinEnd) => {
                if self.stdin_once {
                    self.outside.end_stdin();
                }
            }
            ClientEvent::Message(ToSupervisor::Resize { columns, rows }) => self.resize(columns, rows),
            ClientEvent::Message(ToSupervisor::Signal(number)) => self.signal(number),
            ClientEvent::Message(ToSupervisor::Stop { signal, timeout_ms }) => self.stop(signal, timeout_ms),
            ClientEvent::Message(ToSupervisor::Attributes(attributes)) => self.events.attributes = attributes,
            ClientEvent::Message(ToSupervisor::Change(change)) => *self.change = Some(*change),
            ClientEvent::Message(ToSupervisor::Freeze) => self.freeze(),
            ClientEvent::Lost(client) => {
                if client.feeds_stdin && self.stdin_once {
                    self.outside.end_stdin();
                }
                if client.holds_frozen {
                    self.thaw();
                }
            }
        }
    }

    /// A group that another program froze is not thawed.
    fn freeze(&mut self) {
        let directories = &self.state.state.cgroup;
        if !self.is_frozen_here && !cgroup::is_frozen(directories) {
            self.is_frozen_here = cgroup::freeze(directories, true).is_ok();
            if self.is_frozen_here {
                self.events.append("pause", &[]);
            } else {
                self.control.clients.retain(|client| !client.holds_frozen); // this notifies them
            }
        }
    }

    /// When the last client that froze it disconnects.
    fn thaw(&mut self) {
        if self.is_frozen_here && !self.control.is_held_frozen() {
            self.is_frozen_here = false;
            let _ = cgroup::freeze(&self.state.state.cgroup, false); // a group that was removed is not frozen
            self.events.append("unpause", &[]);
        }
    }

    /// `u32::MAX` waits forever.
    fn stop(&mut self, signal: i32, timeout_ms: u32) {
        self.stopping.is_wanted = true;
        self.signal(signal);
        if timeout_ms != u32::MAX {
            let at = Instant::now() + Duration::from_millis(timeout_ms.into());
            self.stopping.kill_at = Some(self.stopping.kill_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    fn signal(&self, number: i32) {
        self.events.append("kill", &[("signal", &number.to_string())]);
        (self.send)(number);
    }

    fn look_after_health(&mut self) {
        let (Some(monitor), Some(health)) = (&mut self.health, &mut self.state.state.health) else { return };
        let Some(judged) = monitor.advance(health) else { return };
        let verdict = health.status.word();
        let _ = self.state.publish(); // a full disk must not end a container: the next result includes all earlier ones
        if judged.is_other {
            self.events.append(&format!("health_status: {verdict}"), &[]);
        }
    }

    fn resize(&self, columns: u16, rows: u16) {
        if let (true, Some((_, master))) = (self.outside.is_terminal, self.outside.outputs.first()) {
            let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
            // A terminal that cannot be resized now is resized with the next change.
            let _ = rustix::termios::tcsetwinsize(master, size);
        }
    }

    /// Standard output first: what a command reports on standard error usually follows what it printed.
    fn read_outputs(&mut self, ready: &[usize]) {
        let ended: Vec<usize> = ready.iter().copied().filter(|index| !self.read_output(*index)).collect();
        for index in ended.into_iter().rev() {
            self.outside.outputs.remove(index);
        }
    }

    /// Whether more output can follow.
    fn read_output(&mut self, index: usize) -> bool {
        match self.outside.read(index, &mut self.buffer) {
            Ok(0) => false,
            Ok(length) => {
                let stream = self.outside.outputs[index].0;
                if let Some(log) = &mut self.log {
                    log.append(stream, &self.buffer[..length]);
                }
                self.control.broadcast(stream, &self.buffer[..length]);
                true
            }
            Err(errno) => errno == Errno::AGAIN,
        }
    }

    /// Reads what was written before the end and is still in the pipes. Its size is limited, and it is read whether or not the
    /// clients keep up: the end must not wait for a client that does not read.
    fn drain(&mut self) -> Result<(), Failure> {
        let mut silent_at = Instant::now() + DRAIN_SILENCE;
        while !self.outside.outputs.is_empty() {
            let ready = self.wait_for_rest(silent_at)?;
            if !ready.outputs.is_empty() {
                silent_at = Instant::now() + DRAIN_SILENCE;
            } else if Instant::now() >= silent_at {
                break;
            }
            self.handle(&ready);
        }
        if let Some(log) = &mut self.log {
            log.finish();
        }
        Ok(())
    }

    fn wait(&self, deadline: Option<Instant>) -> Result<Ready, Failure> {
        self.poll(Some(self.ended), deadline)
    }

    fn wait_for_rest(&self, deadline: Instant) -> Result<Ready, Failure> {
        self.poll(None, Some(deadline))
    }

    fn poll(&self, ended: Option<BorrowedFd>, deadline: Option<Instant>) -> Result<Ready, Failure> {
        let mut fds: Vec<PollFd> = Vec::with_capacity(8);
        fds.push(PollFd::new(self.signals, PollFlags::IN));
        fds.extend(ended.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let outputs_from = fds.len();
        if ended.is_none() || !self.control.any_is_full() {
            let outputs = self.outside.outputs.iter();
            fds.extend(outputs.map(|(_, output)| PollFd::from_borrowed_fd(output.as_fd(), PollFlags::IN)));
        }
        let stdin_from = fds.len();
        if let (true, Some(stdin)) = (self.outside.has_waiting(), &self.outside.stdin) {
            fds.push(PollFd::new(stdin, PollFlags::OUT));
        }
        let control_from = fds.len();
        fds.extend(self.control.poll_fds(self.outside.is_stdin_full()));
        let control_to = fds.len();
        if ended.is_some() {
            fds.extend(self.health.iter().flat_map(|monitor| monitor.poll_fds()));
        }
        let timeout = deadline.map(|at| timespec(at.saturating_duration_since(Instant::now())));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Ready::default()),
            Err(errno) => return Err(Failure::kernel("CONTAINER_IO", "wait for the container", errno)),
        }
        let is_ready = |index: usize| fds.get(index).is_some_and(|fd| !fd.revents().is_empty());
        Ok(Ready {
            signal: is_ready(0),
            ended: ended.is_some() && is_ready(1),
            outputs: (outputs_from..stdin_from).filter(|at| is_ready(*at)).map(|at| at - outputs_from).collect(),
            stdin: stdin_from < control_from && is_ready(stdin_from),
            control: (control_from..control_to).any(is_ready),
        })
    }
}

pub fn new_buffer() -> Vec<u8> {
    vec![0; READ_BYTES]
}

pub fn timespec(wait: Duration) -> Timespec {
    Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) }
}
