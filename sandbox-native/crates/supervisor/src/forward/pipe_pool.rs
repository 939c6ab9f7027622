//! Pipes for splice(2). A direction of a connection has one only while it has data to move; idle connections need only
//! their sockets.
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use std::os::fd::OwnedFd;

pub const PIPE_BYTES: usize = 1 << 20;
const KEPT: usize = 64;

pub struct Pipe {
    pub read: OwnedFd,
    pub write: OwnedFd,
}

#[derive(Default)]
pub struct PipePool {
    empty: Vec<Pipe>,
}

impl PipePool {
    pub fn take(&mut self) -> Result<Pipe, Errno> {
        if let Some(pipe) = self.empty.pop() {
            return Ok(pipe);
        }
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        // Unprivileged users may be refused a larger pipe; the default of 64 KiB is only slower.
        let _ = fcntl_setpipe_size(&write, PIPE_BYTES);
        Ok(Pipe { read, write })
    }

    /// The pipe must be empty.
    pub fn give_back(&mut self, pipe: Pipe) {
        if self.empty.len() < KEPT {
            self.empty.push(pipe);
        }
    }
}
