//! The companion process that answers a command's calls.
use super::alarm::Alarm;
use super::caller::{Caller, PathArgument};
use super::create::{self, NewNode, Opening};
use super::credential_table::CredentialTable;
use super::credentials::Initial;
use super::identity::{self, Change};
use super::listener::{Answer, Call, Listener};
use super::{change_owner, credential_mark, rename, status};
use crate::lifecycle::channel::{self, Report};
use confinement::capabilities::Granted;
use foundation::failure::Failure;
use foundation::sys::{self, Fork};
use foundation::{idmap, signals};
use protocol::IdMapping;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, waitpid};
use std::os::raw::c_int;

const CODE: &str = "SANDBOX_START";

/// Serves one command. It exits when the value is dropped, or when no caller is left.
pub struct Keeper {
    pid: Pid,
    channel: OwnedFd,
}

impl Keeper {
    /// It waits for its listener. `join`: in the user namespace of the first process. Call it while there is only one thread.
    pub fn start(first: Pid, join: bool) -> Result<Self, Failure> {
        let (ours, theirs) = channel::pair()?;
        match sys::fork().map_err(|errno| Failure::kernel(CODE, "start a process", errno))? {
            Fork::Parent(pid) => Ok(Keeper { pid, channel: ours }),
            Fork::Child => {
                if let Err(failure) = keep(&theirs, first, join) {
                    let _ = channel::send(&theirs, &Report::Failed(failure), &[]); // the parent has exited
                }
                sys::exit_now(0)
            }
        }
    }

    /// Passes on what the command reported. Returns when calls are answered: without a companion they would fail with ENOSYS,
    /// which programs take for an ID.
    pub fn hand_over(&self, initial: &Initial, descriptors: &[OwnedFd]) -> Result<(), Failure> {
        let descriptors: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
        channel::send(&self.channel, initial, &descriptors)?;
        match channel::receive::<Report>(&self.channel)? {
            Some((Report::Started, _)) => Ok(()),
            Some((Report::Failed(failure), _)) => Err(failure),
            _ => Err(Failure::new(CODE, "Cannot emulate the owners of files: the process for it ended early")),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        signals::send(self.pid, libc::SIGKILL);
        let _ = waitpid(Some(self.pid), WaitOptions::empty()); // fails only if it is not our child
    }
}

fn keep(channel: &OwnedFd, first: Pid, join: bool) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "emulate the owners of files", errno);
    if join {
        idmap::join(&IdMapping::Single, first.as_raw_nonzero().get(), &[])?;
    }
    signals::die_with_parent(Signal::KILL).map_err(failed)?;
    let null = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()).map_err(failed)?;
    rustix::stdio::dup2_stdin(&null).map_err(failed)?;
    rustix::stdio::dup2_stdout(&null).map_err(failed)?;
    rustix::stdio::dup2_stderr(&null).map_err(failed)?;
    // Descriptors of the launching process must not be kept open here.
    sys::close_all_but(&[channel.as_fd()]).map_err(failed)?;
    std::mem::forget(null);
    let Some((initial, descriptors)) = channel::receive::<Initial>(channel)? else { return Ok(()) };
    let Ok([listener, root]) = <[OwnedFd; 2]>::try_from(descriptors) else { return Ok(()) };
    rustix::process::umask(Mode::empty());
    let proc = rustix::fs::open("/proc", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    rustix::process::fchdir(&root).map_err(failed)?;
    rustix::process::chroot(".").map_err(failed)?;
    rustix::process::fchdir(&proc).map_err(failed)?;
    drop((proc, root));
    Alarm::prepare().map_err(failed)?;
    channel::send(channel, &Report::Started, &[])?;
    Desk::new(Listener::new(listener), initial).serve();
    Ok(())
}

struct Desk {
    listener: Listener,
    granted: Granted,
    table: CredentialTable,
    /// From then on, callers may have other roots.
    has_other_roots: bool,
}

impl Desk {
    fn new(listener: Listener, initial: Initial) -> Self {
        listener.sync_wake_up();
        Desk {
            listener,
            granted: Granted(initial.granted),
            table: CredentialTable::new(initial.credentials),
            has_other_roots: false,
        }
    }

    fn serve(mut self) {
        while let Some(call) = self.listener.next() {
            let alarm = Alarm::set();
            let answer = self.answer(&call);
            drop(alarm);
            self.listener.answer(&call, answer);
        }
    }

    fn answer(&mut self, call: &Call) -> Answer {
        let mark = match credential_mark::read(call.pid) {
            Ok(mark) => mark,
            Err(errno) => return Answer::Fails(errno),
        };
        if self.has_other_roots && !self.has_root_of(call) {
            return Answer::Continues;
        }
        let credentials = self.table.row(mark);
        let caller = Caller { call, credentials, granted: self.granted, listener: &self.listener };
        match identity::change(&caller) {
            Some(Err(errno)) => Answer::Fails(errno),
            Some(Ok(change)) => match self.take_on(call, change) {
                Ok(returns) => Answer::Returns(returns),
                Err(errno) => Answer::Fails(errno),
            },
            None if changes_root(call.number) => {
                self.has_other_roots = true;
                Answer::Continues
            }
            // If a call cannot be answered here, the kernel executes it: it has the right error, or the permission.
            None => answer_for(&caller).unwrap_or(Answer::Continues),
        }
    }

    fn take_on(&mut self, call: &Call, change: Change) -> Result<i64, Errno> {
        let mark = self.table.mark_of(change.credentials)?;
        if !self.listener.waits(call) {
            return Err(Errno::SRCH);
        }
        credential_mark::write(call.pid, mark)?;
        Ok(change.returns)
    }

    /// SECURITY: the PID of a caller that has exited may belong to a process outside by now.
    fn has_root_of(&self, call: &Call) -> bool {
        rustix::process::chroot(format!("{}/root", call.pid)).is_ok() && self.listener.waits(call)
    }
}

/// Calls after which the caller or its child may see other files at the same paths.
fn changes_root(call: i64) -> bool {
    [libc::SYS_chroot, libc::SYS_pivot_root, libc::SYS_unshare, libc::SYS_setns, libc::SYS_clone, libc::SYS_clone3]
        .contains(&call)
}

#[expect(clippy::too_many_lines, reason = "one row for each call")]
fn answer_for(caller: &Caller) -> Result<Answer, Errno> {
    #[cfg(target_arch = "x86_64")]
    let here = |address| PathArgument { directory: libc::AT_FDCWD, address };
    let (directory, mode) = (caller.word(0) as c_int, caller.word(2));
    let path = PathArgument { directory, address: caller.argument(1) };
    let destination = PathArgument { directory: mode as c_int, address: caller.argument(3) };
    #[cfg(target_arch = "x86_64")]
    let (first, second) = (here(caller.argument(0)), here(caller.argument(1)));
    match caller.call.number {
        libc::SYS_fstat => status::of_descriptor(caller),
        libc::SYS_newfstatat => status::at(caller),
        libc::SYS_statx => status::extended(caller),
        libc::SYS_fchown => Ok(change_owner::of_descriptor(caller)),
        libc::SYS_fchownat => Ok(change_owner::at(caller)),
        libc::SYS_openat => create::open(caller, &Opening::plain(path, mode, caller.word(3))),
        libc::SYS_openat2 => create::open(caller, &Opening::extended(caller)?),
        libc::SYS_mkdirat => create::directory(caller, path, mode),
        libc::SYS_mknodat => create::node(caller, path, NewNode { mode, device: caller.word(3) }),
        libc::SYS_symlinkat => create::link(
            caller,
            caller.argument(0),
            PathArgument { directory: path.address as c_int, address: caller.argument(2) },
        ),
        libc::SYS_renameat => rename::rename(caller, [path, destination], 0),
        libc::SYS_renameat2 => rename::rename(caller, [path, destination], caller.word(4)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_stat => status::of_path(caller, 0),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_lstat => status::of_path(caller, libc::AT_SYMLINK_NOFOLLOW),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_chown => Ok(change_owner::of_path(caller, 0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_lchown => Ok(change_owner::of_path(caller, libc::AT_SYMLINK_NOFOLLOW)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open => create::open(caller, &Opening::plain(first, caller.word(1), mode)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_creat => {
            let flags = (libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC) as u32;
            create::open(caller, &Opening::plain(first, flags, caller.word(1)))
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mkdir => create::directory(caller, first, caller.word(1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mknod => create::node(caller, first, NewNode { mode: caller.word(1), device: mode }),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_symlink => create::link(caller, caller.argument(0), second),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rename => rename::rename(caller, [first, second], 0),
        _ => identity::report(caller),
    }
}
