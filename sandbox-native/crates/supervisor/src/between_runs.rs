//! The time between two runs of a container that is restarted: clients are served, and can stop it.
use crate::control::{ClientEvent, Control};
use crate::frames::{Change, ToSupervisor};
use crate::session::timespec;
use foundation::failure::Failure;
use foundation::signals::SignalFd;
use protocol::EventLog;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::time::Instant;

/// True as soon as a client stops the container.
pub fn wait_for_stop(
    (control, signals): (&mut Control, &SignalFd),
    (events, change): (&mut EventLog, &mut Option<Change>),
    until: Instant,
) -> Result<bool, Failure> {
    while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        let mut fds: Vec<PollFd> = vec![PollFd::new(signals, PollFlags::IN)];
        fds.extend(control.poll_fds(false));
        match poll(&mut fds, Some(&timespec(left))) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::kernel("CONTAINER_IO", "wait before a restart", errno)),
        }
        if std::iter::from_fn(|| signals.next()).any(|signal| signal == libc::SIGTERM) {
            return Ok(true);
        }
        for event in control.serve(false) {
            match event {
                ClientEvent::Message(ToSupervisor::Stop { .. }) => return Ok(true),
                ClientEvent::Message(ToSupervisor::Attributes(attributes)) => events.attributes = attributes,
                ClientEvent::Message(ToSupervisor::Change(wanted)) => *change = Some(*wanted),
                _ => {}
            }
        }
    }
    Ok(false)
}
