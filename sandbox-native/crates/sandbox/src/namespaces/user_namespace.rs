//! A user namespace for a command of root: inside it is root, outside a user of the host who owns nothing. Files keep their
//! IDs on disk: layers and volumes are ID-mapped mounts. SPEC: user_namespaces(7), mount_setattr(2)
use super::enter::shares_user_namespace;
use foundation::failure::Failure;
use foundation::sys::{self, Fork};
use foundation::{idmap, signals};
use protocol::UserRange;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Gid, Mode, OFlags, Uid, fchown, fstat, open};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, waitpid};
use rustix::thread::{LinkNameSpaceType as Kind, UnshareFlags, move_into_link_name_space};

const CODE: &str = "SANDBOX_USER_NAMESPACE";

const OWNED: [(&str, UnshareFlags, Kind); 3] = [
    ("net", UnshareFlags::NEWNET, Kind::Network),
    ("ipc", UnshareFlags::NEWIPC, Kind::InterProcessCommunication),
    ("uts", UnshareFlags::NEWUTS, Kind::HostNameAndNISDomainName),
];

pub struct UserNamespace {
    range: UserRange,
    user: OwnedFd,
    /// Namespaces in which its root has root's privileges.
    owned: Vec<(OwnedFd, Kind)>,
}

impl UserNamespace {
    /// Also creates the namespaces of these kinds that it can own. A process holds them until they are opened here.
    pub fn create(range: UserRange, kinds: UnshareFlags) -> Result<Self, Failure> {
        let kinds = OWNED.iter().fold(UnshareFlags::empty(), |all, (_, flag, _)| all | (kinds & *flag));
        let (made, writer) = pipe()?;
        let (wait, hold) = pipe()?;
        match sys::fork().map_err(failed("start a process"))? {
            Fork::Child => {
                drop((made, hold));
                // SAFETY: new namespaces change no descriptor or memory that other code of this process relies on.
                let answer = unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWUSER | kinds) };
                let errno = answer.err().map_or(0, Errno::raw_os_error);
                let _ = rustix::io::write(&writer, &errno.to_ne_bytes()); // if this fails, the parent reports the closed pipe
                let _ = rustix::io::read(&wait, &mut [0u8; 1][..]);
                sys::exit_now(0)
            }
            Fork::Parent(child) => {
                drop((writer, wait));
                let opened = Self::open(range, kinds, (child, &made));
                drop(hold);
                waitpid(Some(child), WaitOptions::empty()).map_err(failed("wait for a process"))?;
                opened
            }
        }
    }

    fn open(range: UserRange, kinds: UnshareFlags, (child, made): (Pid, &OwnedFd)) -> Result<Self, Failure> {
        let mut answer = [0u8; 4];
        let length = rustix::io::read(made, &mut answer[..]).map_err(failed("create a user namespace"))?;
        match i32::from_ne_bytes(answer) {
            0 if length == answer.len() => {}
            errno => return Err(failed("create a user namespace")(Errno::from_raw_os_error(errno))),
        }
        let pid = child.as_raw_nonzero().get();
        idmap::write_map(pid, "uid_map", &format!("0 {} {}", range.uid, range.count))?;
        idmap::write_map(pid, "gid_map", &format!("0 {} {}", range.gid, range.count))?;
        let namespace = |name: &str| {
            let path = format!("/proc/{pid}/ns/{name}");
            open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(failed("open a namespace"))
        };
        let owned = OWNED.iter().filter(|(_, flag, _)| kinds.contains(*flag));
        let owned = owned.map(|(name, _, kind)| Ok((namespace(name)?, *kind))).collect::<Result<_, Failure>>()?;
        Ok(UserNamespace { range, user: namespace("user")?, owned })
    }

    pub fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        self.owned.iter().map(|(namespace, _)| namespace.as_fd()).chain([self.user.as_fd()]).collect()
    }

    /// This process keeps the privileges of the host's root there.
    pub fn join_owned(&self) -> Result<(), Failure> {
        let mut owned = self.owned.iter();
        owned.try_for_each(|(namespace, kind)| {
            move_into_link_name_space(namespace.as_fd(), Some(*kind)).map_err(failed("join the namespaces"))
        })
    }

    /// Files that this process creates from now on belong to the root of the namespace; its privileges do not change.
    pub fn own_new_files(&self) -> Result<(), Failure> {
        sys::set_fs_ids(self.range.uid, self.range.gid).map_err(failed("create files as the root of the namespace"))?;
        signals::die_with_parent(Signal::KILL).map_err(failed("tie the process to its parent")) // reset by the change of IDs
    }

    /// Files have the same owners inside as on the host without a user namespace.
    pub fn map_ids(&self, mount: &OwnedFd, named: &str) -> Result<(), Failure> {
        sys::mount_idmap(mount, self.user.as_fd(), false).map_err(|errno| cannot_map(named, errno))
    }

    /// Like `map_ids`, with the mounts below it.
    pub fn map_all_ids(&self, mount: &OwnedFd, named: &str) -> Result<(), Failure> {
        sys::mount_idmap(mount, self.user.as_fd(), true).map_err(|errno| cannot_map(named, errno))
    }

    /// The IDs on the host. None if the namespace does not map the ID.
    pub fn outside(&self, (uid, gid): (u32, u32)) -> Option<(u32, u32)> {
        let within = uid < self.range.count && gid < self.range.count;
        within.then(|| (self.range.uid + uid, self.range.gid + gid))
    }

    /// Only their owner can reopen pipes by name.
    pub fn own_pipes(&self, streams: [BorrowedFd<'_>; 3]) {
        own_pipes(&self.range, streams);
    }

    /// Exchanges the host's privileges for those of the namespace's root, with private mounts. SECURITY: nothing of the
    /// container is resolved or executed before. Call it while there is only one thread.
    pub fn enter(&self) -> Result<(), Failure> {
        let failed = || failed("enter the user namespace");
        move_into_link_name_space(self.user.as_fd(), Some(Kind::User)).map_err(failed())?;
        idmap::take_root(&protocol::IdMapping::Host).map_err(failed())?;
        // SAFETY: a new mount namespace changes no descriptor or memory that other code of this process relies on.
        unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }.map_err(failed())?;
        signals::die_with_parent(Signal::KILL).map_err(failed())
    }
}

fn cannot_map(named: &str, errno: Errno) -> Failure {
    Failure::kernel(CODE, &format!("map the IDs of \"{named}\""), errno)
        .with_hint("Use a kernel and filesystem that support ID-mapped mounts (docs/isolation.md), or --userns host")
}

/// The IDs of a process in another user namespace, as this process sees them.
pub fn range_of(pid: i32) -> Option<UserRange> {
    if shares_user_namespace(pid) {
        return None;
    }
    let ((uid, users), (gid, groups)) = (first_ids(pid, "uid_map")?, first_ids(pid, "gid_map")?);
    Some(UserRange { uid, gid, count: users.min(groups) })
}

/// The ID that is mapped to 0, and the length of the range.
fn first_ids(pid: i32, map: &str) -> Option<(u32, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{map}")).ok()?;
    text.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["0", outside, count] => Some((outside.parse().ok()?, count.parse().ok()?)),
        _ => None,
    })
}

pub fn own_pipes(&UserRange { uid, gid, .. }: &UserRange, streams: [BorrowedFd<'_>; 3]) {
    for stream in streams {
        if fstat(stream).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_fifo()) {
            let _ = fchown(stream, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))); // then it cannot be opened by name
        }
    }
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Failure> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed("create a pipe"))
}

fn failed(doing: &'static str) -> impl Fn(Errno) -> Failure {
    move |errno| Failure::kernel(CODE, doing, errno)
}
