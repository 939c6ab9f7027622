//! The standard streams that a command inherits.
use super::user::User;
use crate::inside::Inside;
use crate::mounts::kernel_files;
use crate::stdio::streams::is_null;
use rustix::fd::AsFd;
use rustix::fs::{FileType, OFlags, fchown, fcntl_setfl, fstat};
use rustix::io::Errno;
use rustix::process::Uid;

/// SECURITY: a command of root could change the host's null device for all its users. Another command may have replaced the
/// null device of the container.
pub fn use_own_null(inside: &Inside) -> Result<(), Errno> {
    let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let outer = [is_null(stdin.as_fd())?, is_null(stdout.as_fd())?, is_null(stderr.as_fd())?];
    if outer == [false; 3] {
        return Ok(());
    }
    let own = match inside.open("/dev/null", OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK) {
        Ok(found) if is_null(found.as_fd())? => found,
        _ => match kernel_files::open_private_null() {
            Err(Errno::PERM) if is_foreign(outer) => return Ok(()),
            made => made?,
        },
    };
    fcntl_setfl(&own, OFlags::empty())?;
    if outer[0] {
        rustix::stdio::dup2_stdin(&own)?;
    }
    if outer[1] {
        rustix::stdio::dup2_stdout(&own)?;
    }
    if outer[2] {
        rustix::stdio::dup2_stderr(&own)?;
    }
    Ok(())
}

/// In a user namespace no device can be created. The host's null device belongs to a user who has no ID there: no command can
/// change it.
fn is_foreign(outer: [bool; 3]) -> bool {
    let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let streams = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
    streams.iter().zip(outer).all(|(stream, is_null)| !is_null || fstat(stream).is_ok_and(|stat| stat.st_uid != 0))
}

/// A non-root user could not reopen /dev/stdout if the pipe still belonged to root.
pub fn change_owner(user: &User) {
    for stream in [std::io::stdin().as_fd(), std::io::stdout().as_fd(), std::io::stderr().as_fd()] {
        if fstat(stream).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_fifo()) {
            let _ = fchown(stream, Some(Uid::from_raw(user.uid)), None); // a pipe of another user does not change
        }
    }
}
