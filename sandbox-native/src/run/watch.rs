//! The loop beside a command that belongs to whoever reads the statuses.
use super::relay::Relay;
use crate::signals::SignalFd;
use crate::status;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::BorrowedFd;

/// A command that can be watched and steered.
pub trait Watched {
    /// Readable when it has ended.
    fn ended(&self) -> BorrowedFd<'_>;
    fn kill(&self);
    fn signal(&self, signal: i32);
    /// Its terminal gets the size of the caller's.
    fn resize(&self);
}

/// Until it has ended. The reader of the statuses is the owner of the step: when it is
/// gone, or asks for the end, everything is killed.
pub fn watch(command: &impl Watched, signals: &SignalFd, relays: &mut [Relay<'_>], has_terminal: bool) {
    loop {
        let mut watched = vec![
            PollFd::from_borrowed_fd(command.ended(), PollFlags::IN),
            PollFd::new(signals, PollFlags::IN),
            PollFd::from_borrowed_fd(status::descriptor(), PollFlags::empty()),
        ];
        let ready = wait(&mut watched, relays);
        if ready[0].contains(PollFlags::IN) {
            return;
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

/// Waits for any of the descriptors and moves what the relays have; gives what has come of the given ones.
fn wait(watched: &mut Vec<PollFd<'_>>, relays: &mut [Relay<'_>]) -> Vec<PollFlags> {
    let own = watched.len();
    let (events, moved) = {
        let active: Vec<usize> = (0..relays.len()).filter(|index| relays[*index].watched().is_some()).collect();
        let mut all: Vec<PollFd<'_>> = watched.drain(..).chain(relays.iter().filter_map(Relay::watched)).collect();
        if poll(&mut all, None).is_err() {
            return vec![PollFlags::empty(); own]; // interrupted: only a new round
        }
        let events: Vec<PollFlags> = all.iter().map(PollFd::revents).collect();
        (events, active)
    };
    for (index, event) in moved.into_iter().zip(&events[own..]) {
        if !event.is_empty() {
            relays[index].advance();
        }
    }
    events[..own].to_vec()
}

/// What the command wrote before its end is handed on to the last byte.
pub fn finish_output(relays: &mut Vec<Relay<'_>>) {
    relays.retain(|relay| relay.is_output);
    while relays.iter().any(|relay| relay.watched().is_some()) {
        wait(&mut Vec::new(), relays);
    }
}
