//! One direction of a forwarded connection. Large amounts are moved with splice(2) without copying, small ones are copied
//! with two calls.
use super::pipe_pool::{PIPE_BYTES, Pipe, PipePool};
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{self, RecvFlags, SendFlags, Shutdown};
use rustix::pipe::{SpliceFlags, splice};
use std::os::fd::{AsFd, OwnedFd};

/// Rounds of one direction before others get a turn.
const ROUNDS: u32 = 16;
/// Buffer size for copying; a direction that fills it uses splice from then on.
const COPY_BYTES: usize = 16 << 10;

/// Why a direction stopped.
#[derive(PartialEq)]
pub enum Pumped {
    /// It ended, or waits until its sockets are ready again.
    Idle,
    /// It only stopped to give others a turn.
    Busy,
    /// The sender reset the connection.
    Reset,
}

#[derive(PartialEq)]
enum Filled {
    /// There is nothing to read now.
    Nothing,
    /// The buffer was not filled, therefore everything was read: this saves connections with small messages a call.
    All,
    Some,
}

#[derive(Default)]
pub struct Direction {
    /// Read and not yet sent. Precedes the content of the pipe.
    buffer: Vec<u8>,
    pipe: Option<Pipe>,
    /// Bytes in the pipe.
    pending: usize,
    /// Amounts are so large that copying would cost more than a pipe.
    is_bulk: bool,
    /// An end or an error was signaled, and may follow readable data. It is reported once.
    pub may_end: bool,
    source_ended: bool,
    pub closed: bool,
}

impl Direction {
    /// Moves what can be moved.
    pub fn pump(&mut self, (from, to): (&OwnedFd, &OwnedFd), pipes: &mut PipePool) -> Pumped {
        for _ in 0..ROUNDS {
            if self.closed {
                return Pumped::Idle;
            }
            let Ok(filled) = self.fill(from, pipes) else { return Pumped::Reset };
            let Ok(can_write) = self.drain(to, pipes) else {
                // The receiver reads no more; data that it has sent may still be on the way to the other side.
                self.close(to, pipes);
                return Pumped::Idle;
            };
            if self.source_ended && !self.has_unsent() {
                self.close(to, pipes);
            } else if !can_write || filled == Filled::Nothing || (filled == Filled::All && !self.may_end) {
                return Pumped::Idle;
            }
        }
        Pumped::Busy
    }

    pub fn has_unsent(&self) -> bool {
        self.pending > 0 || !self.buffer.is_empty()
    }

    fn fill(&mut self, from: &OwnedFd, pipes: &mut PipePool) -> Result<Filled, Errno> {
        if self.source_ended || self.has_unsent() {
            return Ok(Filled::Some);
        }
        if self.is_bulk { self.fill_pipe(from, pipes) } else { self.fill_buffer(from) }
    }

    fn fill_buffer(&mut self, from: &OwnedFd) -> Result<Filled, Errno> {
        self.buffer.reserve_exact(COPY_BYTES);
        let answer = net::recv(from, spare_capacity(&mut self.buffer), RecvFlags::DONTWAIT);
        if self.buffer.is_empty() {
            self.buffer = Vec::new(); // idle connections use no memory for buffers
        }
        match answer {
            Ok((0, _)) => self.source_ended = true,
            Ok((length, _)) if length < COPY_BYTES => return Ok(Filled::All),
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
                self.is_bulk = moved >= COPY_BYTES;
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

    /// False if the receiver accepts no more now.
    fn drain(&mut self, to: &OwnedFd, pipes: &mut PipePool) -> Result<bool, Errno> {
        while !self.buffer.is_empty() {
            match net::send(to, &self.buffer, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) if sent == self.buffer.len() => self.buffer = Vec::new(),
                Ok(sent) => drop(self.buffer.drain(..sent)),
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
            _ => {} // a pipe with unread bytes is dropped with them
        }
        self.closed = true;
        let _ = net::shutdown(to, Shutdown::Write); // a peer that has disconnected needs no notice
    }
}
