//! A connection to `attach.sock`.
use crate::frames::{self, BadFrame, ToSupervisor};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

/// Limit of unsent bytes per client; beyond it, the container's output is not read until the client has caught up.
const OUTBOX_FULL: usize = 1 << 20;
const READ_BYTES: usize = 64 << 10;

pub struct Client {
    pub socket: UnixStream,
    pub wants_output: bool,
    pub feeds_stdin: bool,
    pub holds_frozen: bool,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    sent: usize,
}

impl Client {
    pub fn new(socket: UnixStream) -> io::Result<Client> {
        socket.set_nonblocking(true)?;
        Ok(Client {
            socket,
            wants_output: false,
            feeds_stdin: false,
            holds_frozen: false,
            inbox: Vec::new(),
            outbox: Vec::new(),
            sent: 0,
        })
    }

    pub fn queue(&mut self, kind: u8, payload: &[u8]) {
        frames::put(&mut self.outbox, kind, payload);
    }

    pub fn has_unsent(&self) -> bool {
        self.sent < self.outbox.len()
    }

    pub fn is_full(&self) -> bool {
        self.outbox.len() - self.sent > OUTBOX_FULL
    }

    /// Sends what the socket accepts now. An error means that the client has disconnected.
    pub fn flush(&mut self) -> io::Result<()> {
        while self.has_unsent() {
            match self.socket.write(&self.outbox[self.sent..]) {
                Ok(written) => self.sent += written,
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
        self.outbox.clear();
        self.outbox.shrink_to(READ_BYTES);
        self.sent = 0;
        Ok(())
    }

    /// Reads the available data. An error means that the client has disconnected or violates the protocol.
    pub fn receive(&mut self) -> io::Result<Vec<ToSupervisor>> {
        let start = self.inbox.len();
        self.inbox.resize(start + READ_BYTES, 0);
        let got = self.socket.read(&mut self.inbox[start..]);
        self.inbox.truncate(start + *got.as_ref().unwrap_or(&0));
        match got {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Err(cause) if !matches!(cause.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Err(cause),
            _ => {}
        }
        let mut messages = Vec::new();
        while let Some(message) = frames::take(&mut self.inbox).map_err(|BadFrame| ErrorKind::InvalidData)? {
            messages.push(message);
        }
        Ok(messages)
    }
}
