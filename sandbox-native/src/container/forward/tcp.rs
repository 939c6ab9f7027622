//! One forwarded connection: two sockets and the bytes between them, moved by splice(2) without copying.
use super::pipe_pool::{PIPE_BYTES, Pipe, PipePool};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, Shutdown, SocketFlags, SocketType, sockopt};
use rustix::pipe::{SpliceFlags, splice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// Rounds of one direction before others get their turn.
const ROUNDS: u32 = 16;

pub struct Connection {
    pub client: OwnedFd,
    pub server: OwnedFd,
    pub phase: Phase,
    container_port: u16,
    tried_v6: bool,
    upward: Direction,
    downward: Direction,
}

#[derive(PartialEq, Clone, Copy)]
pub enum Phase {
    Connecting,
    Open,
}

/// How far a direction came.
enum Pumped {
    /// For its sockets.
    Waiting,
    /// Stopped only to let others have a turn.
    Busy,
    Ended,
    /// The sender broke the connection off.
    Reset,
}

#[derive(Default)]
struct Direction {
    pipe: Option<Pipe>,
    pending: usize,
    source_ended: bool,
    closed: bool,
}

/// What became of a connection after its sockets were served.
#[derive(PartialEq)]
pub enum Served {
    /// Waits for its sockets.
    Idle,
    /// Has more to do at once: others had to get a turn.
    Busy,
    /// The server's socket was replaced and must be watched anew.
    Reconnecting,
    Closed,
}

impl Connection {
    pub fn begin(client: OwnedFd, container_port: u16) -> Result<Connection, Errno> {
        sockopt::set_tcp_nodelay(&client, true)?;
        // A client whose machine vanished must not hold its descriptors for ever.
        sockopt::set_socket_keepalive(&client, true)?;
        let server = connect(IpAddr::V4(Ipv4Addr::LOCALHOST), container_port)?;
        Ok(Connection {
            client,
            server,
            phase: Phase::Connecting,
            container_port,
            tried_v6: false,
            upward: Direction::default(),
            downward: Direction::default(),
        })
    }

    /// Called whenever one of the sockets reported something.
    pub fn serve(&mut self, pipes: &mut PipePool) -> Served {
        if self.phase == Phase::Connecting {
            match self.finish_connecting() {
                Some(served) => return served,
                None => self.phase = Phase::Open,
            }
        }
        let upward = self.upward.pump(&self.client, &self.server, pipes);
        let downward = self.downward.pump(&self.server, &self.client, pipes);
        match (upward, downward) {
            // Both sides learn of a reset; what had arrived before it has been handed on.
            (Pumped::Reset, _) | (_, Pumped::Reset) => self.refuse(),
            (Pumped::Ended, Pumped::Ended) => Served::Closed,
            (Pumped::Busy, _) | (_, Pumped::Busy) => Served::Busy,
            _ => Served::Idle,
        }
    }

    fn finish_connecting(&mut self) -> Option<Served> {
        match sockopt::socket_error(&self.server) {
            Ok(Ok(())) => match net::getpeername(&self.server) {
                Ok(_) => None,
                Err(_) => Some(Served::Idle), // not yet
            },
            // A server that listens on IPv6 alone is reached there.
            Ok(Err(Errno::CONNREFUSED)) if !self.tried_v6 => {
                self.tried_v6 = true;
                match connect(IpAddr::V6(Ipv6Addr::LOCALHOST), self.container_port) {
                    Ok(server) => {
                        self.server = server;
                        Some(Served::Reconnecting)
                    }
                    Err(_) => Some(self.refuse()),
                }
            }
            _ => Some(self.refuse()),
        }
    }

    fn refuse(&mut self) -> Served {
        self.abort();
        Served::Closed
    }

    /// The peer learns that the connection broke: a reset, not an orderly end.
    fn abort(&self) {
        for socket in [&self.client, &self.server] {
            // Closing follows in any case; without the option the peer sees an end instead of a reset.
            let _ = sockopt::set_socket_linger(socket, Some(Duration::ZERO));
        }
    }
}

impl Direction {
    /// Moves what can be moved.
    fn pump(&mut self, from: &OwnedFd, to: &OwnedFd, pipes: &mut PipePool) -> Pumped {
        for _ in 0..ROUNDS {
            if self.closed {
                return Pumped::Ended;
            }
            let Ok(can_read) = self.fill(from, pipes) else { return Pumped::Reset };
            let Ok(can_write) = self.drain(to, pipes) else {
                // The receiver wants no more; what it has sent may still be under way to the other side.
                self.close(to, pipes);
                return Pumped::Ended;
            };
            if self.source_ended && self.pending == 0 {
                self.close(to, pipes);
            } else if !can_write || (!can_read && self.pending == 0) {
                return Pumped::Waiting;
            }
        }
        if self.closed { Pumped::Ended } else { Pumped::Busy }
    }

    /// False: nothing more to read now.
    fn fill(&mut self, from: &OwnedFd, pipes: &mut PipePool) -> Result<bool, Errno> {
        if self.source_ended || self.pending > 0 {
            return Ok(true);
        }
        let pipe = match self.pipe.take() {
            Some(pipe) => pipe,
            None => pipes.take()?,
        };
        match splice(from.as_fd(), None, pipe.write.as_fd(), None, PIPE_BYTES, SpliceFlags::NONBLOCK) {
            Ok(0) => self.source_ended = true,
            Ok(moved) => self.pending = moved,
            Err(Errno::AGAIN | Errno::INTR) => {
                pipes.give_back(pipe);
                return Ok(false);
            }
            Err(errno) => return Err(errno),
        }
        self.pipe = Some(pipe);
        Ok(true)
    }

    /// False: the receiver takes no more now.
    fn drain(&mut self, to: &OwnedFd, pipes: &mut PipePool) -> Result<bool, Errno> {
        let Some(pipe) = &self.pipe else { return Ok(true) };
        while self.pending > 0 {
            match splice(pipe.read.as_fd(), None, to.as_fd(), None, self.pending, SpliceFlags::NONBLOCK) {
                Ok(moved) => self.pending -= moved,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(false),
                Err(errno) => return Err(errno),
            }
        }
        if let Some(pipe) = self.pipe.take() {
            pipes.give_back(pipe);
        }
        Ok(true)
    }

    fn close(&mut self, to: &OwnedFd, pipes: &mut PipePool) {
        match self.pipe.take() {
            Some(pipe) if self.pending == 0 => pipes.give_back(pipe),
            _ => {} // a pipe with bytes that nobody wants goes with them
        }
        self.closed = true;
        let _ = net::shutdown(to, Shutdown::Write); // a peer that is gone already needs to hear nothing
    }
}

fn connect(ip: IpAddr, port: u16) -> Result<OwnedFd, Errno> {
    let family = if ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    match net::connect(&socket, &SocketAddr::new(ip, port)) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        // Answered by the state of the socket, like a refusal that comes later.
        Err(Errno::CONNREFUSED) if ip.is_ipv4() => connect(IpAddr::V6(Ipv6Addr::LOCALHOST), port),
        Err(errno) => Err(errno),
    }
}
