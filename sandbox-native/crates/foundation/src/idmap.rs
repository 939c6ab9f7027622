//! Enters a user namespace as its root, with the IDs that the caller may use.
use crate::failure::Failure;
use crate::signals::{self, FORWARDED, SignalFd};
use crate::sys::{self, Fork};
use protocol::{IdMapping, IdRange};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getgid, getuid, waitpid};
use rustix::thread::{
    LinkNameSpaceType, UnshareFlags, move_into_link_name_space, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use std::process::Command;

const CODE: &str = "SANDBOX_USER_NAMESPACE";

/// Returns when the mapping is in force. Unless the mapping is the host's, it returns in a child: the calling process
/// remains, forwards signals and exits with the child's exit code. Call it while there is only one thread.
pub fn enter(mapping: &IdMapping) -> Result<(), Failure> {
    if matches!(mapping, IdMapping::Host) {
        return Ok(());
    }
    let (asked, ask) = pipe()?;
    let (answered, answer) = pipe()?;
    match sys::fork().map_err(|errno| Failure::kernel(CODE, "start a process", errno))? {
        Fork::Child => {
            drop((asked, answer));
            become_root(ask, answered, mapping)
        }
        Fork::Parent(child) => {
            drop((ask, answered));
            let mapped = wait_for(&asked).and_then(|()| map_ids(child, mapping));
            if let Err(failure) = mapped {
                signals::send(child, libc::SIGKILL);
                return Err(failure);
            }
            drop(answer); // closing the pipe is the answer
            std::process::exit(stay_behind(child)?)
        }
    }
}

/// Continues, in this process, as root of the user namespace of another process, with its ID mapping: resources of that
/// namespace, such as a network, can be used only from inside it. The others must be in the same one. Call it while there
/// is only one thread.
pub fn join(mapping: &IdMapping, pid: i32, others: &[i32]) -> Result<(), Failure> {
    if matches!(mapping, IdMapping::Host) {
        return Ok(());
    }
    if let Some(other) = others.iter().find(|other| !share_user_namespace(pid, **other)) {
        return Err(Failure::new(
            CODE,
            format!("Cannot join processes {pid} and {other}: they are in different user namespaces"),
        )
        .with_hint("As a non-root user, join containers that share a network, or a single one"));
    }
    let failed = |errno| Failure::kernel(CODE, &format!("join the user namespace of process {pid}"), errno);
    let path = format!("/proc/{pid}/ns/user");
    let namespace = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::User)).map_err(failed)?;
    take_root(mapping).map_err(failed)
}

fn share_user_namespace(pid: i32, other: i32) -> bool {
    let of = |pid| rustix::fs::stat(format!("/proc/{pid}/ns/user")).map(|found| (found.st_dev, found.st_ino));
    matches!((of(pid), of(other)), (Ok(one), Ok(other)) if one == other)
}

fn become_root(ask: OwnedFd, answered: OwnedFd, mapping: &IdMapping) -> Result<(), Failure> {
    // SAFETY: a new user namespace changes no descriptor or memory that other code of this process relies on.
    let unshared = unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWUSER) };
    unshared.map_err(|errno| {
        Failure::kernel(CODE, "create a user namespace", errno).with_hint(
            "User namespaces may be switched off: see user.max_user_namespaces, kernel.unprivileged_userns_clone and \
             kernel.apparmor_restrict_unprivileged_userns, or the seccomp profile of a surrounding container",
        )
    })?;
    rustix::io::write(&ask, b"1").map_err(|errno| Failure::kernel(CODE, "request the ID mapping", errno))?;
    let mut end = [0u8; 1];
    while rustix::io::read(&answered, &mut end[..]) == Err(rustix::io::Errno::INTR) {}
    let doing = "become root of the user namespace";
    take_root(mapping).map_err(|errno| Failure::kernel(CODE, doing, errno))?;
    signals::die_with_parent(Signal::TERM).map_err(|errno| Failure::kernel(CODE, doing, errno))
}

pub fn take_root(mapping: &IdMapping) -> Result<(), Errno> {
    if !matches!(mapping, IdMapping::Single) {
        set_thread_groups(&[])?; // with a single ID, groups cannot be set
    }
    let (root, group) = (rustix::process::Uid::ROOT, rustix::process::Gid::ROOT);
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(root, root, root)
}

/// Waits until the child has entered its namespace; a child that failed before that has reported the failure itself.
fn wait_for(asked: &OwnedFd) -> Result<(), Failure> {
    let mut byte = [0u8; 1];
    loop {
        match rustix::io::read(asked, &mut byte[..]) {
            Ok(1) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            _ => std::process::exit(125),
        }
    }
}

fn map_ids(child: Pid, mapping: &IdMapping) -> Result<(), Failure> {
    let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
    let pid = child.as_raw_nonzero().get();
    match mapping {
        IdMapping::Host => Ok(()),
        IdMapping::Single => {
            write_map(pid, "setgroups", "deny")?;
            write_map(pid, "gid_map", &format!("0 {gid} 1"))?;
            write_map(pid, "uid_map", &format!("0 {uid} 1"))
        }
        IdMapping::Subordinate { uid_ranges, gid_ranges } => {
            run_tool("newuidmap", pid, (uid, uid_ranges))?;
            run_tool("newgidmap", pid, (gid, gid_ranges))
        }
    }
}

pub fn write_map(pid: i32, file: &str, content: &str) -> Result<(), Failure> {
    let path = format!("/proc/{pid}/{file}");
    std::fs::write(&path, content).map_err(|cause| Failure::kernel(CODE, &format!("write \"{path}\""), cause))
}

fn run_tool(tool: &str, pid: i32, (own, ranges): (u32, &[IdRange])) -> Result<(), Failure> {
    let mut arguments = vec![pid.to_string(), "0".into(), own.to_string(), "1".into()];
    let mut inside = 1u32;
    for range in ranges {
        arguments.extend([inside, range.start, range.count].map(|number| number.to_string()));
        inside = inside.saturating_add(range.count);
    }
    let output =
        Command::new(tool).args(&arguments).output().map_err(|cause| Failure::kernel(CODE, &format!("run \"{tool}\""), cause))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::new(CODE, format!("Cannot map the subordinate IDs: {tool} reported: {stderr}"))
        .with_hint("Check that /etc/subuid and /etc/subgid grant these IDs and that the tool is setuid root"))
}

/// Forwards signals to the child and returns its exit code.
fn stay_behind(child: Pid) -> Result<i32, Failure> {
    let failed = |errno| Failure::kernel(CODE, "wait for the process in the user namespace", errno);
    let signals = SignalFd::block(&[&FORWARDED[..], &[libc::SIGCHLD]].concat()).map_err(failed)?;
    loop {
        if let Some((_, status)) = waitpid(Some(child), WaitOptions::NOHANG).map_err(failed)? {
            return Ok(status.exit_status().unwrap_or_else(|| 128 + status.terminating_signal().unwrap_or(0)));
        }
        let _ = poll(&mut [PollFd::new(&signals, PollFlags::IN)], None); // an interrupted wait only repeats the loop
        while let Some(signal) = signals.next() {
            if signal != libc::SIGCHLD {
                signals::send(child, signal);
            }
        }
    }
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Failure> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(|errno| Failure::kernel(CODE, "create a pipe", errno))
}

/// Whether this process runs in a user namespace that maps only a part of the IDs.
pub fn in_user_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().collect::<Vec<_>>() != ["0", "0", "4294967295"]
}

/// Whether the current ID mapping contains this group.
pub fn has_group(gid: u32) -> bool {
    has_id("gid_map", gid)
}

pub fn has_user(uid: u32) -> bool {
    has_id("uid_map", uid)
}

fn has_id(map: &str, id: u32) -> bool {
    // In a chroot without /proc, only the kernel decides, when the ID is set.
    let Ok(text) = std::fs::read_to_string(format!("/proc/self/{map}")) else { return true };
    text.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        matches!(numbers[..], [first, _, count] if (first..first + count).contains(&id.into()))
    })
}
