//! One forwarded connection: two sockets and the bytes between them.
use super::direction::{Direction, Pumped};
use super::pipe_pool::PipePool;
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

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

#[derive(PartialEq, Clone, Copy)]
pub enum Side {
    Client,
    Server,
}

/// Which directions are worth a try.
#[derive(Clone, Copy)]
pub struct Turn {
    upward: bool,
    downward: bool,
}

impl Turn {
    pub const BOTH: Turn = Turn { upward: true, downward: true };
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
    pub fn attend(&mut self, side: Side, flags: EventFlags, pipes: &mut PipePool) -> Served {
        if flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR) {
            self.spoken_by(side).may_end = true;
        }
        if self.phase == Phase::Open {
            return match self.serve(self.turn(side, flags), pipes) {
                // Its end was read before, so that nobody would find the error by reading.
                Served::Idle if flags.contains(EventFlags::ERR) && self.spoken_by(side).closed => self.refuse(),
                served => served,
            };
        }
        match self.finish_connecting() {
            Some(served) => served,
            None => {
                self.phase = Phase::Open;
                self.serve(Turn::BOTH, pipes)
            }
        }
    }

    pub fn serve(&mut self, turn: Turn, pipes: &mut PipePool) -> Served {
        let (client, server) = (&self.client, &self.server);
        let upward = if turn.upward { self.upward.pump(client, server, pipes) } else { Pumped::Rests };
        let downward = if turn.downward { self.downward.pump(server, client, pipes) } else { Pumped::Rests };
        match (upward, downward) {
            // Both sides learn of a reset; what had arrived before it has been handed on.
            (Pumped::Reset, _) | (_, Pumped::Reset) => self.refuse(),
            _ if self.upward.closed && self.downward.closed => Served::Closed,
            (Pumped::Busy, _) | (_, Pumped::Busy) => Served::Busy,
            _ => Served::Idle,
        }
    }

    /// That a socket could take more is told along with everything else.
    fn turn(&self, side: Side, flags: EventFlags) -> Turn {
        let is_readable = !(flags - EventFlags::OUT).is_empty();
        match side {
            Side::Client => Turn { upward: is_readable, downward: self.downward.has_unsent() },
            Side::Server => Turn { upward: self.upward.has_unsent(), downward: is_readable },
        }
    }

    fn spoken_by(&mut self, side: Side) -> &mut Direction {
        if side == Side::Client { &mut self.upward } else { &mut self.downward }
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
