//! Status lines on descriptor 4, one JSON document a line.
use crate::failure::Failure;
use serde::Serialize;
use std::os::fd::BorrowedFd;

const STATUS_FD: i32 = 4;

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Status<'a, T: Serialize> {
    Result { result: T },
    Warning { message: &'a str },
}

pub fn result(result: impl Serialize) {
    line(&Status::Result { result });
}

pub fn warning(message: &str) {
    let warning: Status<()> = Status::Warning { message };
    line(&warning);
}

pub fn failed(failure: &Failure) {
    #[derive(Serialize)]
    struct Failed<'a> {
        kind: &'static str,
        #[serde(flatten)]
        failure: &'a Failure,
    }
    line(&Failed { kind: "failed", failure });
}

pub fn line(document: &impl Serialize) {
    let mut bytes = serde_json::to_vec(document).expect("status documents have string keys only");
    bytes.push(b'\n');
    // SAFETY: the driver opens descriptor 4 before it starts us and nothing here closes it; if it is not open,
    // the write fails with EBADF and there is nobody to tell.
    let status = unsafe { BorrowedFd::borrow_raw(STATUS_FD) };
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        match rustix::io::write(status, rest) {
            Ok(written) => rest = &rest[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}
