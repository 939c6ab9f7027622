//! Namespaces of other sandboxes that the command is to share: of processes, of memory and queues, of the network.
use crate::mounts::filesystem;
use crate::networking::network;
use foundation::failure::Failure;
use foundation::process_identity;
use foundation::sys;
use protocol::{Ipc, LivingProcess, Network, Processes, RunRequest};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, open, openat2, stat};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType as Kind, move_into_link_name_space};

const CODE: &str = "SANDBOX_ENTER";

/// Opened before anything is entered, where /proc shows who they belong to.
pub struct JoinedNamespaces {
    /// None as well where it is that of this process.
    pub processes: Option<OwnedFd>,
    pub network: Option<OwnedFd>,
    pub memory: Option<SharedMemory>,
}

pub struct SharedMemory {
    queues: OwnedFd,
    /// In which /dev/shm is mounted.
    mounts: OwnedFd,
}

impl JoinedNamespaces {
    pub fn open(request: &RunRequest, network: Network) -> Result<Self, Failure> {
        let processes = match request.pid {
            Processes::Join(joined) => Some(open_one(joined, "pid")?).filter(|namespace| !is_own(namespace, "pid")),
            _ => None,
        };
        let memory = match request.ipc {
            Ipc::Join(joined) => Some(SharedMemory { queues: open_one(joined, "ipc")?, mounts: open_one(joined, "mnt")? }),
            _ => None,
        };
        Ok(JoinedNamespaces { processes, network: network::open_joined(network)?, memory })
    }

    /// What the first process needs of them.
    pub fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let memory = self.memory.iter().flat_map(|memory| [memory.queues.as_fd(), memory.mounts.as_fd()]);
        self.network.iter().map(AsFd::as_fd).chain(memory).collect()
    }
}

impl SharedMemory {
    pub fn join(&self) -> Result<(), Failure> {
        enter(&self.queues, Kind::InterProcessCommunication)
    }

    /// The other's /dev/shm, mounted nowhere yet. SECURITY: what is at that name is chosen by the other; it is looked up
    /// among its mounts, beneath its root, and through no link (test/attack/processes/joined-memory.test.ts).
    pub fn mount(&self) -> Result<OwnedFd, Failure> {
        let failed = |errno| Failure::kernel(CODE, "share \"/dev/shm\"", errno);
        let own = open("/proc/self/ns/mnt", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
        enter(&self.mounts, Kind::Mount)?;
        let links = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let place = openat2(rustix::fs::CWD, "/dev/shm", flags, Mode::empty(), links);
        let mount = place.and_then(|place| filesystem::clone(place, false));
        enter(&own, Kind::Mount)?;
        let mount = mount.map_err(failed)?;
        sys::mount_propagation(&mount, libc::MS_PRIVATE, false).map_err(failed)?;
        Ok(mount)
    }
}

fn open_one(joined: LivingProcess, name: &str) -> Result<OwnedFd, Failure> {
    let failed = |errno| Failure::kernel(CODE, &format!("join the {name} namespace of process {}", joined.pid), errno);
    let path = format!("/proc/{}/ns/{name}", joined.pid);
    let namespace = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    // Asked afterwards: a later process of the same number would have been opened.
    if process_identity::start_ticks(joined.pid) != Some(joined.start_ticks) {
        return Err(failed(Errno::SRCH));
    }
    Ok(namespace)
}

fn is_own(namespace: &OwnedFd, name: &str) -> bool {
    let own = stat(format!("/proc/self/ns/{name}"));
    matches!((fstat(namespace), own), (Ok(other), Ok(own)) if (other.st_dev, other.st_ino) == (own.st_dev, own.st_ino))
}

fn enter(namespace: &OwnedFd, kind: Kind) -> Result<(), Failure> {
    move_into_link_name_space(namespace.as_fd(), Some(kind)).map_err(|errno| Failure::kernel(CODE, "join the namespaces", errno))
}
