//! Closing the clients' connections: everything sent to them is delivered first.
use crate::client::Client;
use rustix::event::{PollFd, PollFlags, poll};
use std::io::Read;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

pub struct ConnectionDrain {
    unsent: Vec<Client>,
    /// Closed for writing.
    sent: Vec<UnixStream>,
}

impl ConnectionDrain {
    /// Each client receives what its socket accepts immediately.
    pub fn begin(clients: Vec<Client>) -> ConnectionDrain {
        let mut drain = ConnectionDrain { unsent: clients, sent: Vec::new() };
        drain.flush();
        drain
    }

    /// Returns when each client has received everything or has disconnected, however slowly it reads.
    pub fn finish(mut self) {
        while !self.unsent.is_empty() {
            let sockets = self.unsent.iter().map(|client| client.socket.as_fd());
            let mut fds: Vec<PollFd> = sockets.map(|socket| PollFd::from_borrowed_fd(socket, PollFlags::OUT)).collect();
            let _ = poll(&mut fds, None); // an interrupted wait only repeats the loop
            self.flush();
        }
        discard_input(self.sent);
    }

    fn flush(&mut self) {
        for mut client in std::mem::take(&mut self.unsent) {
            match client.flush() {
                Ok(()) if client.has_unsent() => self.unsent.push(client),
                Ok(()) if client.socket.shutdown(Shutdown::Write).is_ok() => self.sent.push(client.socket),
                _ => {}
            }
        }
    }
}

/// A client may still be sending: closing the connection with unread data would prevent it from reading the end.
fn discard_input(sockets: Vec<UnixStream>) {
    const PATIENCE: Duration = Duration::from_secs(1);
    let until = Instant::now() + PATIENCE;
    let mut ignored = [0; 4096];
    for mut socket in sockets {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || socket.set_nonblocking(false).and(socket.set_read_timeout(Some(left))).is_err() {
            continue;
        }
        while Instant::now() < until && socket.read(&mut ignored).is_ok_and(|length| length > 0) {}
    }
}
