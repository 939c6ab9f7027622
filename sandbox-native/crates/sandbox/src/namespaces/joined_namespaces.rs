//! Namespaces of other sandboxes that the command joins: PID, IPC and network.
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

/// Opened before any namespace is entered, while /proc shows their owners.
pub struct JoinedNamespaces {
    /// Also none if it is that of this process.
    pub processes: Option<OwnedFd>,
    pub network: Option<OwnedFd>,
    pub memory: Option<SharedMemory>,
}

pub struct SharedMemory {
    queues: OwnedFd,
    /// Mount namespace that contains the /dev/shm.
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

    /// Descriptors that the first process needs.
    pub fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let memory = self.memory.iter().flat_map(|memory| [memory.queues.as_fd(), memory.mounts.as_fd()]);
        self.network.iter().map(AsFd::as_fd).chain(memory).collect()
    }
}

impl SharedMemory {
    pub fn join(&self) -> Result<(), Failure> {
        enter(&self.queues, Kind::InterProcessCommunication)
    }

    /// A detached mount of the other sandbox's /dev/shm. SECURITY: the other sandbox chooses what is at that path; it is
    /// looked up in its mount namespace, beneath its root, without following links
    /// (test/attack/processes/joined-memory.test.ts).
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
    // Checked afterwards: a later process with the same PID could have been opened.
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
