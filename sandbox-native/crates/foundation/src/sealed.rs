//! Continues in a copy of this binary that no process can write to.
//!
//! SECURITY: a command that another process starts in a running sandbox can have the starter's executable run inside
//! (`#!/proc/self/exe`), keep it open, and write to it after the starter has exited. The copy is in memory and sealed.
use crate::failure::Failure;
use crate::sys;
use rustix::fd::OwnedFd;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::AsRawFd;

const CODE: &str = "SANDBOX_START";
const NAME: &str = "tsbuild-sandbox";

/// Returns only in the copy, which reads the same request again.
pub fn ensure(request: &str) -> Result<(), Failure> {
    let failed = |cause| Failure::kernel(CODE, "continue from a sealed copy of the binary", cause);
    let own = std::fs::read_link("/proc/self/exe").map_err(failed)?;
    if own.to_string_lossy().starts_with("/memfd:") {
        return Ok(());
    }
    let mut copy = memory()?;
    std::io::copy(&mut File::open("/proc/self/exe").map_err(failed)?, &mut copy).map_err(failed)?;
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    fcntl_add_seals(&copy, seals).map_err(|errno| failed(errno.into()))?;
    let mut input = memory()?;
    input.write_all(request.as_bytes()).and_then(|()| input.rewind()).map_err(failed)?;
    // SAFETY: dup2 takes plain numbers; descriptor 3 was read to its end and closed. The copy is not closed on exec.
    sys::check(unsafe { libc::dup2(input.as_raw_fd(), 3) }.into()).map_err(|errno| failed(errno.into()))?;
    Err(failed(sys::execute_descriptor(OwnedFd::from(copy), c"tsbuild-sandbox").into()))
}

/// Uses a number above the descriptors with a fixed meaning.
fn memory() -> Result<File, Failure> {
    const ABOVE: i32 = 10;
    memfd_create(NAME, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)
        .and_then(|file| rustix::io::fcntl_dupfd_cloexec(&file, ABOVE))
        .map(File::from)
        .map_err(|errno| Failure::kernel(CODE, "create a file in memory", errno))
}
