//! Status lines on descriptor 4, one JSON document per line.
use crate::failure::Failure;
use crate::sys;
use protocol::{Exited, Status};
use serde::Serialize;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

const STATUS_FD: i32 = 4;

pub fn started(pid: i32) {
    line(&Status::<()>::Started { pid });
}

/// The network that can be joined, the /etc/resolv.conf for processes that join it, and their address for the host.
pub fn network((pid, start_ticks): (i32, u64), resolv_conf: &str, host_gateway: Option<String>) {
    line(&Status::<()>::Network { pid, start_ticks, resolv_conf: resolv_conf.to_owned(), host_gateway });
}

pub fn progress(done_bytes: u64) {
    line(&Status::<()>::Progress { done_bytes });
}

/// The state of a digest, so that a later process can resume it.
pub fn digested(position: u64, words: [u32; 8]) {
    line(&Status::<()>::Digested { position, words });
}

pub fn warning(message: &str) {
    line(&Status::<()>::Warning { message: message.to_owned() });
}

pub fn exited(end: Exited) {
    line(&Status::<()>::Exited(end));
}

/// For polling whether the statuses are still read.
pub fn descriptor() -> BorrowedFd<'static> {
    // SAFETY: the driver opens descriptor 4 before it starts us and nothing here closes it.
    unsafe { BorrowedFd::borrow_raw(STATUS_FD) }
}

pub fn result(result: impl Serialize) {
    line(&Status::Result { result });
}

pub fn failed(failure: Failure) {
    let Failure { code, message, hint, errno } = failure;
    line(&Status::<()>::Failed { code, message, hint, errno });
}

pub fn line(document: &impl Serialize) {
    let mut bytes = serde_json::to_vec(document).expect("status documents have string keys only");
    bytes.push(b'\n');
    let status = descriptor();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        match rustix::io::write(status, rest) {
            Ok(written) => rest = &rest[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return, // the reader has exited
        }
    }
}

/// Opened before the last status, because nothing may fail after that.
pub struct NullDevice(OwnedFd);

pub fn open_null() -> Result<NullDevice, Failure> {
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC;
    let null = rustix::fs::open("/dev/null", flags, rustix::fs::Mode::empty());
    null.map(NullDevice).map_err(cannot_close)
}

/// Ends the status lines without making the reader wait until this process exits. Later writes are discarded, and no other
/// file can get the number.
pub fn close(null: NullDevice) -> Result<(), Failure> {
    let NullDevice(null) = null;
    // SAFETY: dup3 takes plain numbers; descriptor 4 is this module's own and stays open, as another file.
    sys::check(unsafe { libc::dup3(null.as_raw_fd(), STATUS_FD, libc::O_CLOEXEC) }.into()).map(drop).map_err(cannot_close)
}

fn cannot_close(errno: rustix::io::Errno) -> Failure {
    Failure::kernel("SANDBOX_START", "close the status descriptor", errno)
}
