//! Starts the first process of a sandbox, which may join the PID namespace of another sandbox.
use super::channel;
use crate::process::oom_score;
use foundation::failure::Failure;
use foundation::sys::{self, Fork};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

const CODE: &str = "SANDBOX_START";

/// In new namespaces (CLONE_NEW…) and in the PID namespace to join, if any; otherwise it starts in the control group of
/// version 2. Returns a pidfd as well.
pub fn start(
    namespaces: u64,
    (joined, group): (Option<&OwnedFd>, Option<OwnedFd>),
    oom_score_adj: Option<i32>,
) -> Result<(Fork, Option<OwnedFd>), Failure> {
    match joined {
        None => sys::fork_into(namespaces, group.as_ref().map(AsFd::as_fd)).map_err(|errno| match errno {
            // SPEC: clone(2): these errors concern only the control group.
            Errno::ACCESS | Errno::BUSY | Errno::OPNOTSUPP | Errno::NODEV => Failure::kernel(CODE, "start in the cgroup", errno),
            errno => no_namespaces(errno),
        }),
        Some(joined) => start_in_joined_namespace(joined, namespaces, oom_score_adj),
    }
}

/// The first process in the PID namespace of another sandbox. It still sees the host.
fn start_in_joined_namespace(
    joined: &OwnedFd,
    namespaces: u64,
    oom_score_adj: Option<i32>,
) -> Result<(Fork, Option<OwnedFd>), Failure> {
    start_from(namespaces, |_| {
        oom_score::apply(oom_score_adj)?; // inherited: a process that hides cannot set it
        hide()?;
        move_into_link_name_space(joined.as_fd(), Some(LinkNameSpaceType::ProcessID)).map_err(failed)
    })
}

/// SECURITY: processes that are there already must not access this one while it sees the host, not even with the privilege
/// to access every process of their user namespace (test/attack/processes/joined-processes.test.ts). Execution ends this.
pub fn hide() -> Result<(), Failure> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)
}

/// A child that starts in the namespaces that `enter` joins, and a pidfd of it. Only children enter a joined PID namespace,
/// and a process that has joined one for its children may be unable to leave it: therefore another process joins, whose
/// child becomes its sibling. `enter` must keep the given descriptor open.
pub fn start_from(
    namespaces: u64,
    enter: impl FnOnce(BorrowedFd<'_>) -> Result<(), Failure>,
) -> Result<(Fork, Option<OwnedFd>), Failure> {
    let (answer, report) = channel::pair()?;
    match sys::fork().map_err(failed)? {
        Fork::Parent(helper) => {
            drop(report);
            let number = channel::receive::<Result<i32, Failure>>(&answer);
            waitpid(Some(helper), WaitOptions::empty()).map_err(failed)?;
            let number = number?.map_or(Err(failed(Errno::SRCH)), |(number, _)| number)?;
            let pid = Pid::from_raw(number).ok_or_else(|| failed(Errno::SRCH))?;
            let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(failed)?;
            Ok((Fork::Parent(pid), Some(pidfd)))
        }
        Fork::Child => {
            drop(answer);
            let number = match enter(report.as_fd()).and_then(|()| sys::fork_sibling(namespaces).map_err(failed)) {
                Ok(Fork::Child) => return Ok((Fork::Child, None)),
                Ok(Fork::Parent(pid)) => Ok(pid.as_raw_nonzero().get()),
                Err(failure) => Err(failure),
            };
            let _ = channel::send(&report, &number, &[]); // closing the channel reports a failure too
            sys::exit_now(0)
        }
    }
}

fn failed(errno: Errno) -> Failure {
    Failure::kernel(CODE, "start a process in the PID namespace of another", errno)
}

fn no_namespaces(errno: Errno) -> Failure {
    if errno == Errno::NOSPC {
        return Failure::new(
            CODE,
            "Cannot create namespaces: the limit of this user is reached (expected one free namespace of each kind)",
        )
        .with_hint("Stop containers, or raise the limits: sysctl -a | grep user.max_");
    }
    Failure::kernel(CODE, "create namespaces", errno)
        .with_hint("Root needs CAP_SYS_ADMIN, other users need user namespaces; see: tsbuild doctor")
}
