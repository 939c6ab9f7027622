//! The verb receive-bytes: moves the data of a connection to a file without copying it through this process.
use foundation::failure::Failure;
use foundation::status;
use protocol::{ReceiveBytesRequest, ReceiveBytesResult};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};
use std::fs::File;
use std::time::{Duration, Instant};

const PIPE_BYTES: usize = 1 << 20;
/// The caller passes each report on to readers of the file.
const REPORT_EVERY_BYTES: u64 = 4 << 20;
const REPORT_EVERY: Duration = Duration::from_millis(50);
/// SECURITY: a peer that sends a byte now and then must not keep a connection open forever.
const LEAST_BYTES: u64 = 1024;

pub fn receive_bytes(request: &ReceiveBytesRequest) -> Result<ReceiveBytesResult, Failure> {
    let doing = |cause| Failure::kernel("TREE_WRITE", &format!("write blob \"{}\"", request.path.display()), cause);
    let file = File::options().write(true).open(&request.path).map_err(doing)?;
    let mut receiver = Receiver::new(&file, request.position).map_err(|cause| doing(cause.into()))?;
    let mut flow = Flow::new(Duration::from_millis(request.idle_ms.into()));
    let mut reported = (0, Instant::now());
    let connection = std::io::stdin();
    let mut received = 0;
    while received < request.size_bytes && flow.waits_for(connection.as_fd()) {
        let got = match receiver.take(connection.as_fd(), request.size_bytes - received) {
            Err(Errno::AGAIN | Errno::INTR) => continue,
            Ok(0) | Err(_) => break, // bytes received so far count, however the connection ended
            Ok(got) => got,
        };
        receiver.put(got).map_err(|cause| doing(cause.into()))?;
        received += got as u64;
        flow.bytes += got as u64;
        if received - reported.0 >= REPORT_EVERY_BYTES || reported.1.elapsed() >= REPORT_EVERY {
            status::progress(request.position + received);
            reported = (received, Instant::now());
        }
    }
    Ok(ReceiveBytesResult { received_bytes: received })
}

/// From the connection to a pipe, and from the pipe to the file.
struct Receiver<'a> {
    file: &'a File,
    position: u64,
    pipe: (OwnedFd, OwnedFd),
}

impl Receiver<'_> {
    fn new(file: &File, position: u64) -> Result<Receiver<'_>, Errno> {
        let pipe = pipe_with(PipeFlags::CLOEXEC)?;
        let _ = fcntl_setpipe_size(&pipe.1, PIPE_BYTES); // the user's limit of pipe memory may be exhausted
        Ok(Receiver { file, position, pipe })
    }

    fn take(&self, connection: BorrowedFd, at_most: u64) -> Result<usize, Errno> {
        let at_most = usize::try_from(at_most).unwrap_or(usize::MAX).min(PIPE_BYTES);
        splice(connection, None, &self.pipe.1, None, at_most, SpliceFlags::MOVE | SpliceFlags::NONBLOCK)
    }

    fn put(&mut self, mut bytes: usize) -> Result<(), Errno> {
        while bytes > 0 {
            match splice(&self.pipe.0, None, self.file, Some(&mut self.position), bytes, SpliceFlags::MOVE) {
                Ok(0) => return Err(Errno::IO),
                Ok(put) => bytes -= put,
                Err(Errno::INTR) => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }
}

/// Whether a connection transfers data, and fast enough.
struct Flow {
    idle: Duration,
    since: Instant,
    bytes: u64,
}

impl Flow {
    fn new(idle: Duration) -> Flow {
        Flow { idle, since: Instant::now(), bytes: 0 }
    }

    fn waits_for(&mut self, connection: BorrowedFd) -> bool {
        if self.since.elapsed() >= self.idle {
            if self.bytes < LEAST_BYTES {
                return false;
            }
            (self.since, self.bytes) = (Instant::now(), 0);
        }
        let left = self.idle.saturating_sub(self.since.elapsed());
        let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        let mut watched = [PollFd::from_borrowed_fd(connection, PollFlags::IN)];
        matches!(poll(&mut watched, Some(&timeout)), Ok(1..) | Err(Errno::INTR))
    }
}
