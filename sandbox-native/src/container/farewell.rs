//! The last of the clients' connections: what was said to them arrives.
use crate::container::client::Client;
use rustix::event::{PollFd, PollFlags, poll};
use std::io::Read;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Gives each client what it takes at once: the connections on which nothing more is said, and the clients that have not
/// got everything yet. Those that are gone are in neither.
pub fn flush(clients: Vec<Client>) -> (Vec<UnixStream>, Vec<Client>) {
    let (mut told, mut unsent) = (Vec::new(), Vec::new());
    for mut client in clients {
        match client.flush() {
            Ok(()) if client.has_unsent() => unsent.push(client),
            Ok(()) if client.socket.shutdown(Shutdown::Write).is_ok() => told.push(client.socket),
            _ => {}
        }
    }
    (told, unsent)
}

/// Until each client has all that was said to it, or is gone. One that does not read is waited for without end: nothing
/// of the container may be held meanwhile.
pub fn flush_slow(mut clients: Vec<Client>) -> Vec<UnixStream> {
    let mut all = Vec::new();
    while !clients.is_empty() {
        let mut fds: Vec<PollFd> =
            clients.iter().map(|client| PollFd::from_borrowed_fd(client.socket.as_fd(), PollFlags::OUT)).collect();
        let _ = poll(&mut fds, None); // an interrupted wait is only a new round
        let (told, unsent) = flush(clients);
        all.extend(told);
        clients = unsent;
    }
    all
}

/// A client may still be sending. Met by a closed connection, it would not read the end that it was told.
pub fn hear_out(told: Vec<UnixStream>) {
    const PATIENCE: Duration = Duration::from_secs(1);
    let until = Instant::now() + PATIENCE;
    let mut ignored = [0; 4096];
    for mut socket in told {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || socket.set_nonblocking(false).and(socket.set_read_timeout(Some(left))).is_err() {
            continue;
        }
        while Instant::now() < until && socket.read(&mut ignored).is_ok_and(|length| length > 0) {}
    }
}
