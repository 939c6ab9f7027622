//! The loop that watches a command on behalf of the reader of the statuses.
use crate::stdio::relay::Relay;
use crate::stdio::streams::Streams;
use crate::stdio::terminal;
use foundation::failure::Failure;
use foundation::signals::{self, SignalFd};
use foundation::status;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::process::Pid;

const DRAIN_SILENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// A command that can be watched and controlled.
pub trait Watched {
    fn pid(&self) -> Pid;
    /// Readable when it has ended.
    fn ended(&self) -> BorrowedFd<'_>;

    fn terminal(&self) -> Option<&OwnedFd> {
        None
    }

    /// Kills it, and with the first process of a sandbox all others.
    fn kill(&self) {
        signals::send(self.pid(), libc::SIGKILL);
    }

    fn signal(&self, signal: i32) {
        signals::send(self.pid(), signal);
    }

    /// Sets the size of its terminal to that of the caller's.
    fn resize(&self) {
        if let Some(terminal) = self.terminal() {
            terminal::copy_size(terminal);
        }
    }
}

/// Why watching ended.
#[derive(PartialEq)]
pub enum WatchEnd {
    Ended,
    /// It continues without being watched.
    Detached,
}

/// Returns when it has ended or was detached. The reader of the statuses owns the step: when the reader exits or requests
/// the end, everything is killed.
pub fn watch(command: &impl Watched, signals: &SignalFd, (relays, has_terminal): (&mut [Relay<'_>], bool)) -> WatchEnd {
    loop {
        let mut watched = vec![
            PollFd::from_borrowed_fd(command.ended(), PollFlags::IN),
            PollFd::new(signals, PollFlags::IN),
            PollFd::from_borrowed_fd(status::descriptor(), PollFlags::empty()),
        ];
        let ready = wait(&mut watched, relays, None).unwrap_or_else(|| vec![PollFlags::empty(); 3]);
        if ready[0].contains(PollFlags::IN) {
            return WatchEnd::Ended;
        }
        if relays.iter().any(|relay| relay.is_detached) {
            return WatchEnd::Detached;
        }
        if ready[2].intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            command.kill();
        }
        while let Some(signal) = signals.next() {
            handle(signal, command, has_terminal);
        }
    }
}

fn handle(signal: i32, command: &impl Watched, has_terminal: bool) {
    match signal {
        libc::SIGTERM | libc::SIGINT | libc::SIGHUP => command.kill(),
        libc::SIGWINCH if has_terminal => command.resize(),
        other => command.signal(other),
    }
}

/// Waits for any of the descriptors and advances the relays; returns the events of the given descriptors, or nothing after
/// that time without any event.
fn wait(watched: &mut Vec<PollFd<'_>>, relays: &mut [Relay<'_>], silence: Option<&Timespec>) -> Option<Vec<PollFlags>> {
    let own = watched.len();
    let (events, moved) = {
        let active: Vec<usize> = (0..relays.len()).filter(|index| relays[*index].watched().is_some()).collect();
        let mut all: Vec<PollFd<'_>> = watched.drain(..).chain(relays.iter().filter_map(Relay::watched)).collect();
        match poll(&mut all, silence) {
            Err(_) => return Some(vec![PollFlags::empty(); own]), // interrupted: only repeat the loop
            Ok(0) => return None,
            Ok(_) => {}
        }
        let events: Vec<PollFlags> = all.iter().map(PollFd::revents).collect();
        (events, active)
    };
    for (index, event) in moved.into_iter().zip(&events[own..]) {
        if !event.is_empty() {
            relays[index].advance();
        }
    }
    Some(events[..own].to_vec())
}

/// Relays the output that the command wrote before it ended, up to the last byte. Processes that it left running may hold
/// its streams open forever: silence ends the relay as well, unless the caller is the one that does not read.
pub fn finish_output(streams: &mut Streams<'_>) -> Result<(), Failure> {
    streams.let_go();
    let relays = &mut streams.relays;
    relays.retain(|relay| relay.is_output);
    while relays.iter().any(|relay| relay.watched().is_some()) {
        let is_full = relays.iter().any(Relay::has_unsent);
        if wait(&mut Vec::new(), relays, if is_full { None } else { Some(&DRAIN_SILENCE) }).is_none() {
            break;
        }
    }
    match relays.iter().find_map(Relay::failure) {
        Some(errno) => Err(Failure::kernel("SANDBOX_OUTPUT", "write to standard output", errno)),
        None => Ok(()),
    }
}
