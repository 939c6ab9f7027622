//! /proc, /sys and /dev as Docker provides them.
use super::devices::{self, DEVICE};
use super::filesystem::{self, CODE, PLAIN};
use super::mount_points::MountPoints;
use crate::inside::Inside;
use crate::namespaces::joined_namespaces::SharedMemory;
use crate::namespaces::user_namespace::UserNamespace;
use foundation::failure::Failure;
use protocol::{Ipc, Processes, RunRequest, Security};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, makedev, symlinkat};
use rustix::mount::MountAttrFlags as Attr;
use std::path::Path;

/// Names with major and minor numbers.
const DEVICES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

/// Docker's size of /dev/shm.
const SHM_BYTES: u64 = 64 << 20;

const DEV_LINKS: [(&str, &str); 6] = [
    ("/proc/self/fd", "fd"),
    ("/proc/self/fd/0", "stdin"),
    ("/proc/self/fd/1", "stdout"),
    ("/proc/self/fd/2", "stderr"),
    ("/proc/kcore", "core"),
    ("pts/ptmx", "ptmx"),
];

/// Files that must be opened before the host is hidden.
pub struct HostFiles {
    proc: OwnedFd,
    sys: OwnedFd,
    /// A mount of /dev/shm, if it is shared.
    shm: Option<OwnedFd>,
    /// A mount of each requested device.
    granted: Vec<OwnedFd>,
}

impl HostFiles {
    pub fn open(request: &RunRequest, users: Option<&UserNamespace>, joined: Option<&SharedMemory>) -> Result<Self, Failure> {
        let shm = match (request.ipc, joined) {
            (Ipc::Host, _) => Some(clone_host(&filesystem::open_source(Path::new("/dev/shm"))?, "/dev/shm")?),
            (_, joined) => joined.map(SharedMemory::mount).transpose()?,
        };
        Ok(HostFiles {
            proc: filesystem::open_source(Path::new("/proc"))?,
            sys: filesystem::open_source(Path::new("/sys"))?,
            shm,
            granted: devices::open_all(&request.devices, users)?,
        })
    }

    pub fn granted(&self) -> &[OwnedFd] {
        &self.granted
    }
}

/// SECURITY: root could change the modes and owners of the host's nodes for everyone; therefore new nodes with the same
/// numbers are created, and if that is not possible, the mounts of the host's nodes cannot be changed
/// (test/attack/devices/host-devices.test.ts).
fn open_devices() -> Result<Vec<OwnedFd>, Failure> {
    let scratch = filesystem::Scratch::attach(DEVICE)?;
    let made = DEVICES.iter().map(|device| make_device(scratch.directory(), device)).collect::<Result<Vec<_>, _>>();
    scratch.detach()?;
    match made {
        Ok(devices) => Ok(devices),
        Err(rustix::io::Errno::PERM) => DEVICES.iter().map(|(name, ..)| borrow_device(name)).collect(),
        Err(errno) => Err(cannot_make("null", errno)),
    }
}

fn make_node(directory: BorrowedFd<'_>, (name, major, minor): &(&str, u32, u32)) -> Result<(), rustix::io::Errno> {
    let mode = Mode::from_raw_mode(0o666);
    rustix::fs::mknodat(directory, *name, FileType::CharacterDevice, mode, makedev(*major, *minor))?;
    rustix::fs::chmodat(directory, *name, mode, AtFlags::empty()) // independent of the umask
}

/// In a detached filesystem.
pub fn open_private_null() -> Result<OwnedFd, rustix::io::Errno> {
    let tmpfs = filesystem::create("tmpfs", &[("mode", "0755")], DEVICE).map_err(|_| rustix::io::Errno::NXIO)?;
    make_node(tmpfs.as_fd(), &DEVICES[0])?;
    rustix::fs::openat(&tmpfs, DEVICES[0].0, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
}

fn make_device(scratch: BorrowedFd<'_>, device: &(&str, u32, u32)) -> Result<OwnedFd, rustix::io::Errno> {
    make_node(scratch, device)?;
    let (name, ..) = device;
    filesystem::clone(rustix::fs::openat(scratch, *name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?, false)
}

fn borrow_device(name: &str) -> Result<OwnedFd, Failure> {
    let node = filesystem::open_source(&Path::new("/dev").join(name))?;
    let mount = filesystem::clone(&node, false).map_err(|errno| cannot_make(name, errno))?;
    filesystem::restrict(&mount, DEVICE | Attr::MOUNT_ATTR_RDONLY, name)?;
    Ok(mount)
}

pub struct KernelFiles<'a> {
    pub request: &'a RunRequest,
    pub host: &'a HostFiles,
    pub users: Option<&'a UserNamespace>,
    pub shows_devices: bool,
}

impl KernelFiles<'_> {
    /// `warn` receives features that are unavailable in this environment and their replacements. Returns the null device of the
    /// command, for mounts of it.
    pub fn mount_all(&self, points: &mut MountPoints, warn: &mut dyn FnMut(String)) -> Result<OwnedFd, Failure> {
        self.mount_proc(points, warn)?;
        let null = self.mount_dev(points, warn)?;
        mount_sys(points, self.host, self.request.security == Security::Insecure)?;
        Ok(null)
    }

    fn mount_proc(&self, points: &mut MountPoints, warn: &mut dyn FnMut(String)) -> Result<(), Failure> {
        let place = points.open_plain("/proc")?;
        let proc = match filesystem::create("proc", &[], PLAIN) {
            Ok(proc) => proc,
            // A non-root user cannot mount a new view of the host's processes; the host's own mount shows the same.
            Err(_) if self.request.pid == Processes::Host => clone_host(&self.host.proc, "/proc")?,
            // In a container that hides parts of its /proc, the kernel refuses a new mount.
            Err(_) => {
                warn("The surrounding container does not allow a new /proc: the step sees that of the container".into());
                clone_host(&self.host.proc, "/proc")?
            }
        };
        filesystem::attach(proc, place.as_fd(), "/proc")
    }

    fn mount_dev(&self, points: &mut MountPoints, warn: &mut dyn FnMut(String)) -> Result<OwnedFd, Failure> {
        let &KernelFiles { request, host, users, shows_devices } = self;
        let place = points.open_plain("/dev")?;
        let devices = if shows_devices { Attr::empty() } else { Attr::MOUNT_ATTR_NODEV };
        let options = [("mode", "0755"), ("size", "65536k")];
        let dev = filesystem::create("tmpfs", &options, Attr::MOUNT_ATTR_NOSUID | devices)?;
        filesystem::attach(&dev, place.as_fd(), "/dev")?;
        fill_devices(&dev, shows_devices)?;
        let null = open_below(&dev, "null")?;
        for (target, name) in DEV_LINKS {
            if name == "core" && !Path::new(target).exists() {
                continue; // missing in this kernel
            }
            symlinkat(target, &dev, name).map_err(|errno| cannot_make(name, errno))?;
        }
        let terminals = group_of_terminals(users);
        let attributes = Attr::MOUNT_ATTR_NOSUID | Attr::MOUNT_ATTR_NOEXEC;
        mount_below(&dev, "pts", ("devpts", &pts_options(terminals.as_deref()), attributes))?;
        if let Some(shm) = &host.shm {
            share_memory(&dev, shm, warn)?;
            return Ok(null);
        }
        // SPEC: BuildKit mounts each target once; a mount of the request replaces the default.
        let is_replaced = request.mounts.iter().any(|mount| mount.target() == "/dev/shm");
        if request.ipc != Ipc::None && !is_replaced {
            let size = request.shm_size_bytes.unwrap_or(SHM_BYTES).to_string();
            mount_below(&dev, "shm", ("tmpfs", &[("source", "shm"), ("mode", "1777"), ("size", &size)], PLAIN))?;
        }
        mount_below(&dev, "mqueue", ("mqueue", &[], PLAIN))?;
        Ok(null)
    }
}

fn mount_sys(points: &mut MountPoints, host: &HostFiles, writable: bool) -> Result<(), Failure> {
    let place = points.open_plain("/sys")?;
    let attributes = if writable { PLAIN } else { PLAIN | Attr::MOUNT_ATTR_RDONLY };
    let sys = match filesystem::create("sysfs", &[], attributes) {
        Ok(sys) => sys,
        // The network namespace is not ours to administer: the host's own tree shows the same.
        Err(_) => {
            let sys = clone_host(&host.sys, "/sys")?;
            filesystem::restrict_all(&sys, PLAIN | Attr::MOUNT_ATTR_RDONLY, "/sys")?;
            sys
        }
    };
    filesystem::attach(sys, place.as_fd(), "/sys")
}

/// SECURITY: if /dev does not allow devices, so that a command cannot open nodes that it creates there, the necessary ones
/// are mounted one by one (test/attack/devices/device-node.test.ts).
fn fill_devices(dev: &OwnedFd, shows_devices: bool) -> Result<(), Failure> {
    if shows_devices {
        match DEVICES.iter().try_for_each(|device| make_node(dev.as_fd(), device)) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::PERM) => {}
            Err(errno) => return Err(cannot_make("null", errno)),
        }
    }
    for ((name, ..), device) in DEVICES.iter().zip(open_devices()?) {
        make_file(dev, name)?;
        filesystem::attach(device, open_below(dev, name)?.as_fd(), &format!("/dev/{name}"))?;
    }
    Ok(())
}

/// Shared with the host or another sandbox. A non-root user cannot mount the message queues of the host's namespace.
fn share_memory(dev: &OwnedFd, shm: &OwnedFd, warn: &mut dyn FnMut(String)) -> Result<(), Failure> {
    filesystem::restrict_all(shm, PLAIN, "/dev/shm")?;
    rustix::fs::mkdirat(dev, "shm", Mode::from_raw_mode(0o755)).map_err(|errno| cannot_make("shm", errno))?;
    filesystem::attach(shm, open_below(dev, "shm")?.as_fd(), "/dev/shm")?;
    if let Err(failure) = mount_below(dev, "mqueue", ("mqueue", &[], PLAIN)) {
        warn(format!("{}: /dev/mqueue is empty", failure.message));
    }
    Ok(())
}

/// Group 5 is tty, if the ID mapping contains it.
fn group_of_terminals(users: Option<&UserNamespace>) -> Option<String> {
    const TTY: u32 = 5;
    let group = match users {
        Some(users) => users.outside((0, TTY)).map(|(_, gid)| gid),
        None => foundation::idmap::has_group(TTY).then_some(TTY),
    };
    group.map(|group| group.to_string())
}

fn pts_options(group: Option<&str>) -> Vec<(&'static str, &str)> {
    let options = [("newinstance", ""), ("ptmxmode", "0666"), ("mode", "0620")];
    options.into_iter().chain(group.map(|group| ("gid", group))).collect()
}

/// Type, options and attributes of a filesystem.
type FileSystem<'a> = (&'a str, &'a [(&'a str, &'a str)], Attr);

fn mount_below(dev: &OwnedFd, name: &str, (kind, options, attributes): FileSystem) -> Result<(), Failure> {
    rustix::fs::mkdirat(dev, name, Mode::from_raw_mode(0o755)).map_err(|errno| cannot_make(name, errno))?;
    let mount = filesystem::create(kind, options, attributes)?;
    filesystem::attach(mount, open_below(dev, name)?.as_fd(), &format!("/dev/{name}"))
}

/// Mounts the terminal of the command as the console too.
pub fn mount_console(inside: &Inside, terminal: &OwnedFd) -> Result<(), Failure> {
    let dev = inside.open("/dev", OFlags::PATH | OFlags::DIRECTORY).map_err(|errno| cannot_make("console", errno))?;
    make_file(&dev, "console")?;
    let mount = filesystem::clone(terminal, false).map_err(|errno| cannot_make("console", errno))?;
    filesystem::attach(mount, open_below(&dev, "console")?.as_fd(), "/dev/console")
}

fn make_file(dev: &OwnedFd, name: &str) -> Result<(), Failure> {
    rustix::fs::openat(dev, name, OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC, Mode::from_raw_mode(0o666))
        .map(drop)
        .map_err(|errno| cannot_make(name, errno))
}

fn open_below(dev: &OwnedFd, name: &str) -> Result<OwnedFd, Failure> {
    rustix::fs::openat(dev, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| cannot_make(name, errno))
}

fn clone_host(tree: &OwnedFd, named: &str) -> Result<OwnedFd, Failure> {
    filesystem::clone(tree, true).map_err(|errno| Failure::kernel(CODE, &format!("mount \"{named}\""), errno))
}

fn cannot_make(name: &str, errno: rustix::io::Errno) -> Failure {
    Failure::kernel(CODE, &format!("create \"/dev/{name}\""), errno)
}
