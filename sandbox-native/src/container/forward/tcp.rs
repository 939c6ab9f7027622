//! One forwarded connection: two sockets and the bytes between them. Much is moved by splice(2) without copying, little
//! by two calls that copy it.
use super::pipe_pool::{PIPE_BYTES, Pipe, PipePool};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, sockopt};
use rustix::pipe::{SpliceFlags, splice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// Rounds of one direction before others get their turn.
const ROUNDS: u32 = 16;
/// So much is copied at once; a direction that fills this is spliced from then on.
const WORDS_BYTES: usize = 16 << 10;

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

/// How far a direction came.
#[derive(PartialEq)]
enum Pumped {
    /// To its end, or until its sockets say more.
    Rests,
    /// Stopped only to let others have a turn.
    Busy,
    /// The sender broke the connection off.
    Reset,
}

#[derive(PartialEq)]
enum Filled {
    /// There is nothing more to read now.
    Nothing,
    /// Less than there was room for, so it was all that had come: those who talk in small words are spared a call.
    Rest,
    Some,
}

#[derive(Default)]
struct Direction {
    /// Read and not yet sent. Comes before what is in the pipe.
    words: Vec<u8>,
    pipe: Option<Pipe>,
    /// Bytes in the pipe.
    pending: usize,
    /// So much comes at once that copying it would cost more than going through a pipe.
    is_bulk: bool,
    /// An end or an error was told of, and may follow what can be read. It is told once.
    may_end: bool,
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

impl Direction {
    /// Moves what can be moved.
    fn pump(&mut self, from: &OwnedFd, to: &OwnedFd, pipes: &mut PipePool) -> Pumped {
        for _ in 0..ROUNDS {
            if self.closed {
                return Pumped::Rests;
            }
            let Ok(filled) = self.fill(from, pipes) else { return Pumped::Reset };
            let Ok(can_write) = self.drain(to, pipes) else {
                // The receiver wants no more; what it has sent may still be under way to the other side.
                self.close(to, pipes);
                return Pumped::Rests;
            };
            if self.source_ended && !self.has_unsent() {
                self.close(to, pipes);
            } else if !can_write || filled == Filled::Nothing || (filled == Filled::Rest && !self.may_end) {
                return Pumped::Rests;
            }
        }
        Pumped::Busy
    }

    fn has_unsent(&self) -> bool {
        self.pending > 0 || !self.words.is_empty()
    }

    fn fill(&mut self, from: &OwnedFd, pipes: &mut PipePool) -> Result<Filled, Errno> {
        if self.source_ended || self.has_unsent() {
            return Ok(Filled::Some);
        }
        if self.is_bulk { self.fill_pipe(from, pipes) } else { self.fill_words(from) }
    }

    fn fill_words(&mut self, from: &OwnedFd) -> Result<Filled, Errno> {
        self.words.reserve_exact(WORDS_BYTES);
        let answer = net::recv(from, spare_capacity(&mut self.words), RecvFlags::DONTWAIT);
        if self.words.is_empty() {
            self.words = Vec::new(); // idle connections hold no memory
        }
        match answer {
            Ok((0, _)) => self.source_ended = true,
            Ok((length, _)) if length < WORDS_BYTES => return Ok(Filled::Rest),
            Ok(_) => self.is_bulk = true,
            Err(Errno::AGAIN) => return Ok(Filled::Nothing),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        Ok(Filled::Some)
    }

    fn fill_pipe(&mut self, from: &OwnedFd, pipes: &mut PipePool) -> Result<Filled, Errno> {
        let pipe = match self.pipe.take() {
            Some(pipe) => pipe,
            None => pipes.take()?,
        };
        match splice(from.as_fd(), None, pipe.write.as_fd(), None, PIPE_BYTES, SpliceFlags::NONBLOCK) {
            Ok(0) => self.source_ended = true,
            Ok(moved) => {
                self.pending = moved;
                self.is_bulk = moved >= WORDS_BYTES;
            }
            Err(Errno::AGAIN) => {
                pipes.give_back(pipe);
                return Ok(Filled::Nothing);
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        self.pipe = Some(pipe);
        Ok(Filled::Some)
    }

    /// False: the receiver takes no more now.
    fn drain(&mut self, to: &OwnedFd, pipes: &mut PipePool) -> Result<bool, Errno> {
        while !self.words.is_empty() {
            match net::send(to, &self.words, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) if sent == self.words.len() => self.words = Vec::new(),
                Ok(sent) => drop(self.words.drain(..sent)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(false),
                Err(errno) => return Err(errno),
            }
        }
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
