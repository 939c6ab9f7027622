//! The last of the clients' connections: what was said to them arrives.
use crate::container::client::Client;
use rustix::event::{PollFd, PollFlags, poll};
use std::io::Read;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Until each client has all that was said to it, or is gone. Gives the connections, on which nothing more is said.
pub fn flush_clients(mut clients: Vec<Client>) -> Vec<UnixStream> {
    let mut told = Vec::new();
    loop {
        let mut unsent = Vec::new();
        for mut client in clients {
            match client.flush() {
                Ok(()) if client.has_unsent() => unsent.push(client),
                Ok(()) if client.socket.shutdown(Shutdown::Write).is_ok() => told.push(client.socket),
                _ => {}
            }
        }
        if unsent.is_empty() {
            return told;
        }
        clients = unsent;
        let mut fds: Vec<PollFd> =
            clients.iter().map(|client| PollFd::from_borrowed_fd(client.socket.as_fd(), PollFlags::OUT)).collect();
        let _ = poll(&mut fds, None); // an interrupted wait is only a new round
    }
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
