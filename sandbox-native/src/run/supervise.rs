//! The verb `run`: one command from its start to its end, watched from here.
use super::launch::{self, End, Outcome, Running};
use super::relay::Relay;
use super::spec::RunRequest;
use super::streams::Streams;
use crate::failure::Failure;
use crate::signals::{self, FORWARDED, SignalFd};
use crate::status::{self, Exited};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::AsFd;
use std::io::{stderr, stdin, stdout};

pub fn run(request: &RunRequest) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel("SANDBOX_START", "watch the step", errno);
    let signals = SignalFd::block(&FORWARDED).map_err(failed)?;
    let (stdin, stdout, stderr) = (stdin(), stdout(), stderr());
    let mut streams = Streams::open([stdin.as_fd(), stdout.as_fd(), stderr.as_fd()], request.process.terminal)?;
    let mut running = launch::launch(request, streams.inner(), &mut status::warning)?;
    status::started(running.pid.as_raw_nonzero().get());
    if let Err(failure) = streams.connect(&mut running) {
        running.kill();
        running.finish()?;
        return Err(failure);
    }
    watch(&running, &signals, &mut streams.relays, request.process.terminal);
    let outcome = running.finish()?;
    finish_output(&mut streams.relays);
    drop(streams);
    report(&outcome);
    Ok(())
}

/// Until the first process of the sandbox has ended. The reader of the statuses is the owner of the step: when it is
/// gone, or asks for the end, everything is killed.
fn watch(running: &Running, signals: &SignalFd, relays: &mut [Relay<'_>], has_terminal: bool) {
    loop {
        let mut watched = vec![
            PollFd::new(&running.pidfd, PollFlags::IN),
            PollFd::new(signals, PollFlags::IN),
            PollFd::from_borrowed_fd(status::descriptor(), PollFlags::empty()),
        ];
        let ready = wait(&mut watched, relays);
        if ready[0].contains(PollFlags::IN) {
            return;
        }
        if ready[2].intersects(PollFlags::HUP | PollFlags::ERR) {
            running.kill();
        }
        while let Some(signal) = signals.next() {
            handle(signal, running, has_terminal);
        }
    }
}

fn handle(signal: i32, running: &Running, has_terminal: bool) {
    match signal {
        libc::SIGTERM | libc::SIGINT | libc::SIGHUP => running.kill(),
        libc::SIGWINCH if has_terminal => running.resize(),
        other => running.signal(other),
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
fn finish_output(relays: &mut Vec<Relay<'_>>) {
    relays.retain(|relay| relay.is_output);
    while relays.iter().any(|relay| relay.watched().is_some()) {
        wait(&mut Vec::new(), relays);
    }
}

fn report(outcome: &Outcome) {
    let (exit_code, signal) = match outcome.status {
        End::Code(code) => (code, None),
        End::Signal(number) => (128 + number, Some(signals::name(number))),
    };
    status::exited(&Exited { exit_code, signal, oom_killed: outcome.oom_killed, usage: &outcome.usage });
}
