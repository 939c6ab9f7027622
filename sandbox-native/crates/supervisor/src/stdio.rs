//! Standard streams between the supervisor and the container: pipes, or a terminal.
use crate::json_log::Stream;
use foundation::failure::Failure;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};

/// Limit of stdin data that the container has not read; beyond it, its clients are not read.
const STDIN_FULL: usize = 256 << 10;

/// The container's ends, for its first process.
pub struct ContainerEnds {
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
}

/// The supervisor's ends.
pub struct SupervisorEnds {
    pub stdin: Option<OwnedFd>,
    pub outputs: Vec<(Stream, OwnedFd)>,
    /// Whether there is a terminal, whose master is both input and output.
    pub is_terminal: bool,
    /// The container's end of its terminal, open until the container has ended: its programs may close the terminal and open
    /// it again.
    held: Option<OwnedFd>,
    waiting: VecDeque<u8>,
    ends_when_written: bool,
}

pub fn pipes(open_stdin: bool) -> Result<(ContainerEnds, SupervisorEnds), Failure> {
    let failed = |errno: Errno| Failure::kernel("CONTAINER_IO", "create the standard streams", errno);
    let make = || pipe_with(PipeFlags::CLOEXEC).map_err(failed);
    let (stdout, inside_stdout) = make()?;
    let (stderr, inside_stderr) = make()?;
    let (inside_stdin, stdin) = if open_stdin {
        let (read, write) = make()?;
        (read, Some(write))
    } else {
        (null()?, None)
    };
    let inside = ContainerEnds { stdin: inside_stdin, stdout: inside_stdout, stderr: inside_stderr };
    let outside = SupervisorEnds::new(stdin, vec![(Stream::Stdout, stdout), (Stream::Stderr, stderr)], false)?;
    Ok((inside, outside))
}

pub fn null() -> Result<OwnedFd, Failure> {
    rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, rustix::fs::Mode::empty())
        .map_err(|errno| Failure::kernel("CONTAINER_IO", "open \"/dev/null\"", errno))
}

/// The supervisor's end for a container with a terminal.
pub fn terminal(master: OwnedFd) -> Result<SupervisorEnds, Failure> {
    let input = master.try_clone().map_err(|cause| Failure::kernel("CONTAINER_IO", "share the terminal", cause))?;
    let held = sandbox::terminal::hold_inner(&master)?;
    let outside = SupervisorEnds::new(Some(input), vec![(Stream::Stdout, master)], true)?;
    Ok(SupervisorEnds { held: Some(held), ..outside })
}

impl SupervisorEnds {
    fn new(stdin: Option<OwnedFd>, outputs: Vec<(Stream, OwnedFd)>, is_terminal: bool) -> Result<SupervisorEnds, Failure> {
        for socket in stdin.iter().chain(outputs.iter().map(|(_, output)| output)) {
            fcntl_getfl(socket)
                .and_then(|flags| fcntl_setfl(socket, flags | OFlags::NONBLOCK))
                .map_err(|errno| Failure::kernel("CONTAINER_IO", "set up the standard streams", errno))?;
        }
        Ok(SupervisorEnds { stdin, outputs, is_terminal, held: None, waiting: VecDeque::new(), ends_when_written: false })
    }

    /// Call it when the container has ended: the terminal then ends after its last output.
    pub fn let_go(&mut self) {
        self.held = None;
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        if self.stdin.is_some() && !self.ends_when_written {
            self.waiting.extend(bytes);
        }
    }

    /// The container reads the data received so far, then the end. A terminal remains open: its own keys end it.
    pub fn end_stdin(&mut self) {
        self.ends_when_written = !self.is_terminal;
        self.flush_stdin();
    }

    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub fn is_stdin_full(&self) -> bool {
        self.waiting.len() > STDIN_FULL
    }

    pub fn flush_stdin(&mut self) {
        while let (Some(stdin), false) = (&self.stdin, self.waiting.is_empty()) {
            match rustix::io::write(stdin, self.waiting.as_slices().0) {
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => {
                    // The container has closed its end.
                    self.waiting.clear();
                    self.stdin = None;
                }
            }
        }
        if self.ends_when_written {
            self.stdin = None;
        }
    }

    /// Reads once from the given output. 0 means that it has ended.
    pub fn read(&self, index: usize, buffer: &mut [u8]) -> Result<usize, Errno> {
        loop {
            match rustix::io::read(self.outputs[index].1.as_fd(), &mut *buffer) {
                Err(Errno::INTR) => {}
                // End of a terminal: its last holder has closed it.
                Err(Errno::IO) => return Ok(0),
                answer => return answer,
            }
        }
    }
}
