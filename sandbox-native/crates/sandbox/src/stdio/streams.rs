//! The three streams of a command: the caller's own if they are a null device or, for input, a pipe; otherwise pipes with a
//! relay.
use super::detach_keys::DetachKeys;
use super::relay::{End, Relay, is_socket, set_nonblocking};
use super::terminal::{self, Raw};
use foundation::failure::Failure;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, fcntl_getfl};
use rustix::io::Errno;

const CODE: &str = "SANDBOX_START";

pub struct Streams<'a> {
    outer: [BorrowedFd<'a>; 3],
    /// The command's ends of pipes.
    pipes: [Option<OwnedFd>; 3],
    /// Streams of a command until it has its terminal.
    null: Option<OwnedFd>,
    pub relays: Vec<Relay<'a>>,
    /// The command's end of its terminal, open until the command has ended.
    held: Option<OwnedFd>,
    raw: Option<Raw>,
}

impl<'a> Streams<'a> {
    pub fn open(outer: [BorrowedFd<'a>; 3], has_terminal: bool) -> Result<Self, Failure> {
        let mut streams = Streams { outer, pipes: [None, None, None], null: None, relays: Vec::new(), held: None, raw: None };
        if has_terminal {
            streams.null = Some(open_null()?);
        } else {
            for number in 0..3 {
                streams.open_pipe(number).map_err(failed)?;
            }
        }
        Ok(streams)
    }

    /// Streams for the command's first process. SECURITY: with a terminal, none of the caller's: its stdin could be a
    /// directory of the host.
    pub fn inner(&self) -> [BorrowedFd<'_>; 3] {
        let own = |number: usize| self.null.as_ref().or(self.pipes[number].as_ref());
        [0, 1, 2].map(|number| own(number).map_or(self.outer[number], AsFd::as_fd))
    }

    /// After the start: closes our copies of its ends; otherwise no end of file would be seen.
    pub fn connect(&mut self, terminal: Option<OwnedFd>, keys: Option<DetachKeys>) -> Result<(), Failure> {
        self.pipes = [None, None, None];
        let Some(terminal) = terminal else { return Ok(()) };
        set_nonblocking(terminal.as_fd()).map_err(failed)?;
        self.held = Some(terminal::hold_inner(&terminal)?);
        let second = terminal.try_clone().map_err(|cause| Failure::kernel(CODE, "relay the terminal", cause))?;
        self.relays.push(Relay::input(End::Borrowed(self.outer[0]), End::Own(second)).with_keys(keys));
        self.relays.push(Relay::output(End::Own(terminal), End::Borrowed(self.outer[1])));
        self.raw = Some(Raw::start());
        Ok(())
    }

    /// Call it when the command has ended: its terminal then ends after its last output.
    pub fn let_go(&mut self) {
        self.held = None;
    }

    /// For a command with a terminal: restores the caller's streams. Later output of the command is discarded: a terminal
    /// that no process reads would block it.
    pub fn detach(&mut self) -> Result<(), Failure> {
        let failed = |errno: Errno| Failure::kernel(CODE, "release the terminal", errno);
        self.raw = None;
        self.relays.retain(|relay| relay.is_output);
        let Some(null) = &self.null else { return Ok(()) };
        for relay in &mut self.relays {
            relay.discard(null.try_clone().map_err(|cause| Failure::kernel(CODE, "release the terminal", cause))?);
        }
        rustix::stdio::dup2_stdin(null).map_err(failed)?;
        rustix::stdio::dup2_stdout(null).map_err(failed)?;
        rustix::stdio::dup2_stderr(null).map_err(failed)
    }

    /// SECURITY: with a file or a terminal of the host as its stream, a command could change the file's mode, and read what
    /// is typed later (test/attack/terminals/caller-streams.test.ts). Sockets cannot be reopened by name (`/dev/stdout`).
    /// Other processes with the same pipe, such as node, can make it non-blocking at any time: a command would then lose what
    /// the reader does not take at once.
    fn open_pipe(&mut self, number: usize) -> Result<(), Errno> {
        let outer = self.outer[number];
        if is_null(outer)? || (number == 0 && is_pipe(outer)? && !fcntl_getfl(outer)?.contains(OFlags::NONBLOCK)) {
            return Ok(());
        }
        if is_socket(outer) {
            set_nonblocking(outer)?; // other kinds are shared with the caller
        }
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        if number == 0 {
            set_nonblocking(write.as_fd())?;
            self.relays.push(Relay::input(End::Borrowed(outer), End::Own(write)));
            self.pipes[number] = Some(read);
        } else {
            set_nonblocking(read.as_fd())?;
            self.relays.push(Relay::output(End::Own(read), End::Borrowed(outer)).of_result(number == 1));
            self.pipes[number] = Some(write);
        }
        Ok(())
    }
}

fn open_null() -> Result<OwnedFd, Failure> {
    rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| Failure::kernel(CODE, "open \"/dev/null\"", errno))
}

/// A pipe that has no name on the host.
fn is_pipe(fd: BorrowedFd<'_>) -> Result<bool, Errno> {
    const PIPEFS_MAGIC: u64 = 0x5049_5045;
    Ok(rustix::fs::fstatfs(fd)?.f_type as u64 == PIPEFS_MAGIC)
}

/// The null device, of the host or of a container.
pub fn is_null(fd: BorrowedFd<'_>) -> Result<bool, Errno> {
    let stat = rustix::fs::fstat(fd)?;
    let is_device = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_char_device();
    Ok(is_device && stat.st_rdev == rustix::fs::makedev(1, 3))
}

fn failed(errno: Errno) -> Failure {
    Failure::kernel(CODE, "relay the streams of the command", errno)
}
