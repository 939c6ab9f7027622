//! The lock of a container, held by its supervisor.
use crate::state_file;
use foundation::failure::Failure;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// An earlier supervisor that has reported its container's end may still be cleaning up, which takes long on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const ROUND: Duration = Duration::from_millis(2);

pub fn lock() -> Result<OwnedFd, Failure> {
    let failed = |errno| Failure::kernel("CONTAINER_IO", "lock the container", errno);
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
    let file = open("lock", flags, Mode::from_raw_mode(0o600)).map_err(failed)?;
    let patience = Instant::now() + PATIENCE;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < patience && !state_file::claims_running() => {
                std::thread::sleep(ROUND);
            }
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(Failure::new(
                    "CONTAINER_RUNNING",
                    "Cannot start the container: it is starting, running or being removed",
                ));
            }
            Err(errno) => return Err(failed(errno)),
        }
    }
}
