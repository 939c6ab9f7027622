//! Opens and enters the namespaces and control groups of a running process.
use super::user_namespace;
use crate::cgroup::{MembersFile, are_guarded};
use foundation::failure::Failure;
use foundation::process_identity;
use protocol::UserRange;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::stat;
use rustix::io::Errno;
use rustix::process::{Gid, Pid, PidfdFlags, Uid, pidfd_open};
use rustix::thread::{
    ThreadNameSpaceType as Kind, move_into_thread_name_spaces, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use std::path::PathBuf;

const CODE: &str = "SANDBOX_ENTER";

const NAMESPACES: [(&str, Kind); 7] = [
    ("user", Kind::USER),
    ("mnt", Kind::MOUNT),
    ("pid", Kind::PROCESS_ID),
    ("net", Kind::NETWORK),
    ("ipc", Kind::INTER_PROCESS_COMMUNICATION),
    ("uts", Kind::HOST_NAME_AND_NIS_DOMAIN_NAME),
    ("cgroup", Kind::CONTROL_GROUP),
];

pub struct JoinedProcess {
    process: OwnedFd,
    kinds: Kind,
    /// One per group: opened here, where the groups are visible.
    groups: Vec<MembersFile>,
    guards_devices: bool,
    users: Option<UserRange>,
}

impl JoinedProcess {
    /// The start time verifies that it is still the same process.
    pub fn open(pid: i32, start_ticks: u64, groups: &[PathBuf]) -> Result<Self, Failure> {
        let failed = |errno| Failure::kernel(CODE, &format!("enter process {pid}"), errno);
        let number = Pid::from_raw(pid).ok_or_else(|| failed(Errno::SRCH))?;
        let process = pidfd_open(number, PidfdFlags::empty()).map_err(failed)?;
        if process_identity::start_ticks(pid) != Some(start_ticks) {
            return Err(failed(Errno::SRCH));
        }
        // Only namespaces that differ: a process cannot enter the user namespace that it is in, and a non-root user may not
        // enter the host's network, in which it already is.
        let mut kinds = Kind::empty();
        for (name, kind) in NAMESPACES {
            if namespace(&pid.to_string(), name).map_err(failed)? != namespace("self", name).map_err(failed)? {
                kinds |= kind;
            }
        }
        let guards_devices = are_guarded(groups);
        let groups = groups.iter().map(|directory| MembersFile::open(directory)).collect::<Result<_, _>>()?;
        let users = kinds.contains(Kind::USER).then(|| user_namespace::range_of(pid)).flatten();
        Ok(JoinedProcess { process, kinds, groups, guards_devices, users })
    }

    /// Whether one of its groups controls which devices may be opened.
    pub fn guards_devices(&self) -> bool {
        self.guards_devices
    }

    /// Gives pipes to the user who can then reopen them by name inside.
    pub fn own_pipes(&self, streams: [BorrowedFd<'_>; 3]) {
        if let Some(users) = &self.users {
            user_namespace::own_pipes(users, streams);
        }
    }

    /// Descriptors that `enter` and `join_groups` need.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.groups.iter().map(MembersFile::as_fd).chain([self.process.as_fd()])
    }

    /// From now on this process sees what the target sees, as its root; only its children are in the PID namespace. Call it
    /// while there is only one thread.
    pub fn enter(&self) -> Result<(), Failure> {
        let failed = |errno| Failure::kernel(CODE, "enter the namespaces", errno);
        if !self.kinds.is_empty() {
            move_into_thread_name_spaces(self.process.as_fd(), self.kinds).map_err(failed)?;
        }
        if !self.kinds.contains(Kind::USER) {
            return Ok(());
        }
        match set_thread_groups(&[]) {
            Ok(()) | Err(Errno::PERM) => {} // with a single ID, groups cannot be set
            Err(errno) => return Err(failed(errno)),
        }
        set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT).map_err(failed)?;
        set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).map_err(failed)
    }

    /// Only for the child: the process that watches it is not limited.
    pub fn join_groups(&self) -> Result<(), Failure> {
        // Fails if the caller may not write to the common ancestor; the command must not run outside these limits.
        self.groups.iter().try_for_each(MembersFile::enter).map_err(|failure| {
            failure.with_hint("Start the program from the delegated cgroup that the container was started from (docs/cgroups.md)")
        })
    }
}

pub fn shares_user_namespace(pid: i32) -> bool {
    matches!((namespace("self", "user"), namespace(&pid.to_string(), "user")), (Ok(own), Ok(other)) if own == other)
}

fn namespace(process: &str, name: &str) -> Result<(u64, u64), Errno> {
    let found = stat(format!("/proc/{process}/ns/{name}"))?;
    Ok((found.st_dev, found.st_ino))
}
