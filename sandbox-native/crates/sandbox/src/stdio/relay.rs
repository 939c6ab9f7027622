//! Copies bytes from one descriptor to another in the loop that also watches the command.
use super::detach_keys::DetachKeys;
use rustix::event::{PollFd, PollFlags};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};
use rustix::io::{Errno, ReadWriteFlags, pwritev2};
use std::io::IoSlice;

const CHUNK: usize = 64 * 1024;

/// SPEC: pipe(7), PIPE_BUF: room for as much is in a pipe that poll reports as writable.
const PIPE_CHUNK: usize = 4096;

pub struct Relay<'a> {
    /// In the direction of the caller.
    pub is_output: bool,
    from: Option<End<'a>>,
    to: Option<End<'a>>,
    buffer: Vec<u8>,
    /// It may be blocking: a write larger than its free space would wait for the reader.
    is_to_pipe: bool,
    keys: Option<DetachKeys>,
    /// The detach keys were typed.
    pub is_detached: bool,
    /// The output is the command's result: losing it is an error.
    is_result: bool,
    failure: Option<Errno>,
}

pub enum End<'a> {
    Own(OwnedFd),
    Borrowed(BorrowedFd<'a>),
}

impl AsFd for End<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            End::Own(fd) => fd.as_fd(),
            End::Borrowed(fd) => *fd,
        }
    }
}

impl<'a> Relay<'a> {
    pub fn input(from: End<'a>, to: End<'a>) -> Self {
        let is_to_pipe = is_pipe(to.as_fd());
        let (from, to, buffer) = (Some(from), Some(to), Vec::new());
        Relay { is_output: false, from, to, buffer, is_to_pipe, keys: None, is_detached: false, is_result: false, failure: None }
    }

    pub fn output(from: End<'a>, to: End<'a>) -> Self {
        Relay { is_output: true, ..Relay::input(from, to) }
    }

    /// For standard output.
    pub fn of_result(self, is_result: bool) -> Self {
        Relay { is_result, ..self }
    }

    /// Why output was lost, other than by a reader that closed it.
    pub fn failure(&self) -> Option<Errno> {
        self.failure
    }

    /// For input from a terminal.
    pub fn with_keys(self, keys: Option<DetachKeys>) -> Self {
        Relay { keys, ..self }
    }

    /// Keeps reading, but discards the data.
    pub fn discard(&mut self, null: OwnedFd) {
        self.to = Some(End::Own(null));
    }

    /// What to wait for now; none when everything has been copied.
    pub fn watched(&self) -> Option<PollFd<'_>> {
        match (&self.from, &self.to) {
            (_, Some(to)) if !self.buffer.is_empty() => Some(PollFd::from_borrowed_fd(to.as_fd(), PollFlags::OUT)),
            (Some(from), Some(_)) => Some(PollFd::from_borrowed_fd(from.as_fd(), PollFlags::IN)),
            _ => None,
        }
    }

    /// Whether data is held back because the other end does not accept it.
    pub fn has_unsent(&self) -> bool {
        self.to.is_some() && !self.buffer.is_empty()
    }

    /// Call it when the awaited event has occurred.
    pub fn advance(&mut self) {
        if self.buffer.is_empty() { self.fill() } else { self.drain() }
    }

    fn fill(&mut self) {
        let Some(from) = &self.from else { return };
        self.buffer.resize(CHUNK, 0);
        match rustix::io::read(from, &mut self.buffer[..]) {
            Ok(length) if length > 0 => {
                self.buffer.truncate(length);
                self.is_detached = self.keys.as_mut().is_some_and(|keys| keys.pass(&mut self.buffer));
            }
            Err(Errno::INTR | Errno::AGAIN) => self.buffer.clear(),
            _ => self.close(), // end of file, or a terminal without programs
        }
    }

    fn drain(&mut self) {
        let Some(to) = &self.to else { return };
        let written = if self.is_to_pipe { write_to_pipe(to.as_fd(), &self.buffer) } else { rustix::io::write(to, &self.buffer) };
        match written {
            Ok(length) => drop(self.buffer.drain(..length)),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => {
                self.failure = Some(errno).filter(|errno| self.is_result && *errno != Errno::PIPE);
                self.close() // there is no reader any more
            }
        }
    }

    fn close(&mut self) {
        self.buffer.clear();
        self.from = None;
        self.to = None;
    }
}

/// As much as there is room for, without waiting.
fn write_to_pipe(pipe: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    match pwritev2(pipe, &[IoSlice::new(bytes)], u64::MAX, ReadWriteFlags::NOWAIT) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => rustix::io::write(pipe, &bytes[..bytes.len().min(PIPE_CHUNK)]),
        written => written,
    }
}

fn is_pipe(fd: BorrowedFd<'_>) -> bool {
    fstat(fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_fifo())
}

pub fn is_socket(fd: BorrowedFd<'_>) -> bool {
    fstat(fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_socket())
}

/// A slow reader must not block stop requests.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    fcntl_setfl(fd, fcntl_getfl(fd)? | OFlags::NONBLOCK)
}
