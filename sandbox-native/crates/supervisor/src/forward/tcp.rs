//! One forwarded connection: two sockets and the data between them.
use super::destinations::Destinations;
use super::direction::{Direction, Pumped};
use super::pipe_pool::PipePool;
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use std::os::fd::OwnedFd;
use std::time::Duration;

pub struct Connection {
    pub client: OwnedFd,
    pub server: OwnedFd,
    pub phase: Phase,
    container_port: u16,
    /// How many of the destinations have refused it.
    refusals: usize,
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

/// Which directions to try.
#[derive(Clone, Copy)]
pub struct Turn {
    upward: bool,
    downward: bool,
}

impl Turn {
    pub const BOTH: Turn = Turn { upward: true, downward: true };
}

/// State of a connection after its sockets were served.
#[derive(PartialEq)]
pub enum Served {
    /// Waits for its sockets.
    Idle,
    /// Could continue at once, but others get a turn first.
    Busy,
    /// The server's socket was replaced and must be added to the set.
    Reconnecting,
    Closed,
}

impl Connection {
    pub fn begin(client: OwnedFd, destinations: &Destinations, container_port: u16) -> Result<Connection, Errno> {
        sockopt::set_tcp_nodelay(&client, true)?;
        // A client whose machine disappeared must not hold its descriptors forever.
        sockopt::set_socket_keepalive(&client, true)?;
        let (server, refusals) = connect(destinations, 0, container_port).inspect_err(|_| reset(&client))?;
        Ok(Connection {
            client,
            server,
            phase: Phase::Connecting,
            container_port,
            refusals,
            upward: Direction::default(),
            downward: Direction::default(),
        })
    }

    /// Called whenever one of the sockets reported an event.
    pub fn attend(&mut self, (side, flags): (Side, EventFlags), (destinations, pipes): (&Destinations, &mut PipePool)) -> Served {
        if flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR) {
            self.direction_from(side).may_end = true;
        }
        if self.phase == Phase::Open {
            return match self.serve(self.turn(side, flags), pipes) {
                // Its end was read before; therefore reading would not report the error.
                Served::Idle if flags.contains(EventFlags::ERR) && self.direction_from(side).closed => self.refuse(),
                served => served,
            };
        }
        match self.finish_connecting(destinations) {
            Some(served) => served,
            None => {
                self.phase = Phase::Open;
                self.serve(Turn::BOTH, pipes)
            }
        }
    }

    pub fn serve(&mut self, turn: Turn, pipes: &mut PipePool) -> Served {
        let (client, server) = (&self.client, &self.server);
        let upward = if turn.upward { self.upward.pump((client, server), pipes) } else { Pumped::Idle };
        let downward = if turn.downward { self.downward.pump((server, client), pipes) } else { Pumped::Idle };
        match (upward, downward) {
            // Both sides are reset; data received before it has been forwarded.
            (Pumped::Reset, _) | (_, Pumped::Reset) => self.refuse(),
            _ if self.upward.closed && self.downward.closed => Served::Closed,
            (Pumped::Busy, _) | (_, Pumped::Busy) => Served::Busy,
            _ => Served::Idle,
        }
    }

    /// A socket that becomes writable is reported along with every other event.
    fn turn(&self, side: Side, flags: EventFlags) -> Turn {
        let is_readable = !(flags - EventFlags::OUT).is_empty();
        match side {
            Side::Client => Turn { upward: is_readable, downward: self.downward.has_unsent() },
            Side::Server => Turn { upward: self.upward.has_unsent(), downward: is_readable },
        }
    }

    fn direction_from(&mut self, side: Side) -> &mut Direction {
        if side == Side::Client { &mut self.upward } else { &mut self.downward }
    }

    fn finish_connecting(&mut self, destinations: &Destinations) -> Option<Served> {
        match sockopt::socket_error(&self.server) {
            Ok(Ok(())) => match net::getpeername(&self.server) {
                Ok(_) => None,
                Err(_) => Some(Served::Idle), // not connected yet
            },
            // A server that listens only on IPv6 is reached there.
            Ok(Err(Errno::CONNREFUSED)) => match connect(destinations, self.refusals + 1, self.container_port) {
                Ok((server, refusals)) => {
                    (self.server, self.refusals) = (server, refusals);
                    Some(Served::Reconnecting)
                }
                Err(_) => Some(self.refuse()),
            },
            _ => Some(self.refuse()),
        }
    }

    fn refuse(&mut self) -> Served {
        self.abort();
        Served::Closed
    }

    fn abort(&self) {
        reset(&self.client);
        reset(&self.server);
    }
}

/// When it is closed, the peer gets a reset, not an end of file.
fn reset(socket: &OwnedFd) {
    // It is closed in any case; without the option the peer gets an end of file instead of a reset.
    let _ = sockopt::set_socket_linger(socket, Some(Duration::ZERO));
}

/// Also returns how many destinations have refused it so far.
fn connect(destinations: &Destinations, refusals: usize, port: u16) -> Result<(OwnedFd, usize), Errno> {
    let address = destinations.get(refusals, port).ok_or(Errno::CONNREFUSED)?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    match net::connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok((socket, refusals)),
        // Reported through the state of the socket, like a later refusal.
        Err(Errno::CONNREFUSED) => connect(destinations, refusals + 1, port),
        Err(errno) => Err(errno),
    }
}
