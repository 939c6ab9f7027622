//! The verb `run`: one command from start to end, watched by this process.
use super::launch::{self, Launch};
use super::watch::{Watched, finish_output, watch};
use crate::process::outcome::{End, Outcome};
use crate::stdio::streams::Streams;
use foundation::failure::Failure;
use foundation::signals::{self, FORWARDED, SignalFd};
use foundation::status;
use protocol::{Exited, RunRequest};
use rustix::fd::AsFd;
use std::io::{stderr, stdin, stdout};

pub fn run(request: &RunRequest) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel("SANDBOX_START", "watch the step", errno);
    let signals = SignalFd::block(&FORWARDED).map_err(failed)?;
    let (stdin, stdout, stderr) = (stdin(), stdout(), stderr());
    let mut streams = Streams::open([stdin.as_fd(), stdout.as_fd(), stderr.as_fd()], request.process.terminal)?;
    let cgroup = launch::make_cgroup(request, &mut status::warning)?;
    let mut running = launch::launch(Launch { request, cgroup, stdio: streams.inner() }, &mut status::warning)?;
    status::started(running.pid.as_raw_nonzero().get());
    if let Err(failure) = streams.connect(running.terminal.take(), None) {
        running.kill();
        let _ = running.finish(&mut status::warning); // the first failure is reported
        return Err(failure);
    }
    watch(&running, &signals, (&mut streams.relays, request.process.terminal));
    let outcome = running.finish(&mut status::warning)?;
    let written = finish_output(&mut streams);
    drop(streams);
    written?;
    report(outcome);
    Ok(())
}

pub fn report(outcome: Outcome) {
    let signal = match outcome.status {
        End::Code(_) => None,
        End::Signal(number) => Some(signals::name(number)),
    };
    let exit_code = outcome.status.exit_code();
    status::exited(Exited { exit_code, signal, oom_killed: outcome.oom_killed, usage: outcome.usage, is_detached: false });
}
