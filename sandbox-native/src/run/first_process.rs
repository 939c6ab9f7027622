//! Starting the first process of a sandbox, which may be among the processes of another one.
use super::command;
use crate::failure::Failure;
use crate::sys::{self, Fork};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

const CODE: &str = "SANDBOX_START";

/// In new namespaces (CLONE_NEW…), and in the process namespace that is to be joined; else, in the control group of version 2
/// from its beginning. With a descriptor of it.
pub fn start(
    namespaces: u64,
    (joined, group): (Option<&OwnedFd>, Option<OwnedFd>),
    oom_score_adj: Option<i32>,
) -> Result<(Fork, Option<OwnedFd>), Failure> {
    match joined {
        None => sys::fork_into(namespaces, group.as_ref().map(AsFd::as_fd)).map_err(|errno| match errno {
            // SPEC: clone(2): these speak of the control group alone.
            Errno::ACCESS | Errno::BUSY | Errno::OPNOTSUPP | Errno::NODEV => Failure::kernel(CODE, "start in the cgroup", errno),
            errno => no_namespaces(errno),
        }),
        Some(joined) => start_among(joined, namespaces, oom_score_adj),
    }
}

/// Only children are put into a process namespace, and who has said that his are to be may not be able to take it back:
/// so another process does it, whose child becomes its sibling.
fn start_among(joined: &OwnedFd, namespaces: u64, oom_score_adj: Option<i32>) -> Result<(Fork, Option<OwnedFd>), Failure> {
    let failed = |errno| Failure::kernel(CODE, "start a process among those of another", errno);
    let (answer, tell) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
    match sys::fork().map_err(failed)? {
        Fork::Parent(helper) => {
            drop(tell);
            let number = read_number(&answer);
            waitpid(Some(helper), WaitOptions::empty()).map_err(failed)?;
            let pid = Pid::from_raw(number).filter(|_| number > 0).ok_or_else(|| failed(Errno::from_raw_os_error(-number)))?;
            let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(failed)?;
            Ok((Fork::Parent(pid), Some(pidfd)))
        }
        Fork::Child => {
            drop(answer);
            if let Some(score) = oom_score_adj {
                let _ = command::set_oom_score(score); // inherited; who hides may not set it, and tells so
            }
            let number = match enter(joined).and_then(|()| sys::fork_beside(namespaces)) {
                Ok(Fork::Child) => return Ok((Fork::Child, None)),
                Ok(Fork::Parent(pid)) => pid.as_raw_nonzero().get(),
                Err(errno) => -errno.raw_os_error(),
            };
            let _ = rustix::io::write(&tell, &number.to_ne_bytes()); // its absence tells enough
            sys::exit_now(0)
        }
    }
}

/// SECURITY: those who are there already must not look into what comes with the host in sight, not even with the right to
/// look into every process of their user namespace (test/attack/joined-processes.test.ts). Execution lifts this.
fn enter(joined: &OwnedFd) -> Result<(), Errno> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    move_into_link_name_space(joined.as_fd(), Some(LinkNameSpaceType::ProcessID))
}

/// Zero where none came.
fn read_number(answer: &OwnedFd) -> i32 {
    let mut bytes = [0u8; 4];
    loop {
        match rustix::io::read(answer, &mut bytes[..]) {
            Err(Errno::INTR) => {}
            Ok(4) => return i32::from_ne_bytes(bytes),
            _ => return 0,
        }
    }
}

fn no_namespaces(errno: Errno) -> Failure {
    if errno == Errno::NOSPC {
        return Failure::new(CODE, "Cannot make namespaces: as many as this user may have are there already (room for one of each kind)")
            .with_hint("End containers, or raise the limits: sysctl -a | grep user.max_");
    }
    Failure::kernel(CODE, "make namespaces", errno)
        .with_hint("Root needs CAP_SYS_ADMIN, other users need user namespaces; see: tsbuild doctor")
}
