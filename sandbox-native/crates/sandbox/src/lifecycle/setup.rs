//! Builds the sandbox from inside, in order. Runs in the first process, in its new namespaces.
use super::channel::Go;
use super::init::Init;
use crate::cgroup::{Cgroup, hierarchy};
use crate::mounts::cgroup_files;
use crate::mounts::devices;
use crate::mounts::filesystem::{self, CODE, PLAIN};
use crate::mounts::host_files;
use crate::mounts::kernel_files::{HostFiles, KernelFiles};
use crate::mounts::masks;
use crate::mounts::mount_points::{self, Kind, Made, MountPoints};
use crate::mounts::root::Root;
use crate::mounts::submounts::{self, Source};
use crate::namespaces::sysctls;
use crate::namespaces::user_namespace::UserNamespace;
use crate::networking::network;
use crate::networking::resolver_files;
use crate::process::rlimits;
use foundation::failure::Failure;
use protocol::{CgroupView, Network, RunRequest, Security, Uts};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountAttrFlags, MountPropagationFlags, UnmountFlags, mount_change, mount_move, unmount};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space};
use std::path::Path;

const LOOPBACK_DOWN: &str = "CAP_NET_ADMIN is missing: the loopback interface of the command's network is down";

pub struct Ready {
    /// The root alone, without the mounts on it.
    pub root: OwnedFd,
    pub made: Vec<Made>,
    /// The parents of created mount points, which the command may move.
    pub held: Vec<OwnedFd>,
}

struct Sources {
    root: Root,
    host_files: Option<Vec<OwnedFd>>,
    mounts: Vec<Source>,
}

pub fn build(init: &Init<'_>, go: &Go, warn: &mut dyn FnMut(String)) -> Result<Ready, Failure> {
    let request = init.request;
    let tied = request.mounts.iter().map(submounts::open_tied).collect::<Result<Vec<_>, _>>()?;
    enter_namespaces(init, go, warn)?;
    let limit = rlimits::raise_descriptors();
    let users = init.users.as_ref();
    let sources = open_sources(request, users, (go, tied))?;
    users.map_or(Ok(()), UserNamespace::own_new_files)?;
    let is_insecure = request.security == Security::Insecure;
    // SECURITY: without a control group that denies devices, mounts expose only devices that are granted one by one.
    let shows_devices = is_insecure || init.guards_devices();
    let mount = sources.root.mount(shows_devices)?;
    let root = filesystem::clone(&mount, false).map_err(|errno| Failure::kernel(CODE, "mount the root", errno))?;
    let mut points = MountPoints::beneath(mount);
    let host = HostFiles::open(request, users, init.joined.memory.as_ref())?; // the root must be first in the mount table
    let null = KernelFiles { request, host: &host, users, shows_devices }.mount_all(&mut points, warn)?;
    mount_groups(init, &mut points)?;
    let has_host_files = sources.host_files.is_some();
    let (on_etc, others): (Vec<_>, Vec<_>) = (request.mounts.iter().zip(&sources.mounts))
        .partition(|(mount, _)| has_host_files && Path::new(mount.target()) == Path::new("/etc"));
    // SPEC: as in docker, a mount on /etc itself does not hide these files; other mounts can replace them.
    on_etc.into_iter().try_for_each(|mount| submounts::attach(mount, &mut points, (users, shows_devices)))?;
    match &sources.host_files {
        Some(files) => host_files::mount_all(files, users, &mut points)?,
        None => mount_resolver_files(request, go, &mut points)?,
    }
    devices::mount_all(&request.devices, host.granted(), &mut points)?;
    others.into_iter().try_for_each(|mount| submounts::attach(mount, &mut points, (users, shows_devices)))?;
    if !is_insecure && !request.unmasked_paths {
        masks::apply(points.root(), &null)?;
    }
    if request.rootfs.read_only {
        filesystem::restrict(points.root(), MountAttrFlags::MOUNT_ATTR_RDONLY, "/")?;
    }
    drop((sources, host));
    change_root(&points, request)?;
    // Thousands of paths do not fit into a packet of the channel.
    let made = if request.keep_mount_points { Vec::new() } else { points.into_created() };
    let held = mount_points::hold_parents(root.as_fd(), &made)?;
    rlimits::restore_descriptors(limit);
    Ok(Ready { root, made, held })
}

/// Namespaces that had to wait for the cgroup, and settings of the new ones.
fn enter_namespaces(init: &Init<'_>, go: &Go, warn: &mut dyn FnMut(String)) -> Result<(), Failure> {
    let failed = |doing: &'static str| move |errno: Errno| Failure::kernel(CODE, doing, errno);
    if init.request.cgroupns == CgroupView::Private {
        // SAFETY: a new cgroup namespace changes no descriptor or memory that other code of this process relies on.
        unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWCGROUP) }.map_err(failed("create a cgroup namespace"))?;
    }
    if let Some(memory) = &init.joined.memory {
        memory.join()?;
    }
    if let Some(network) = &init.joined.network {
        network::join(network)?;
    } else if init.network == Network::None && init.users.is_none() && !network::may_configure() {
        warn(LOOPBACK_DOWN.to_owned());
    } else if init.network != Network::Host {
        network::raise_loopback()?;
        network::open_to_users();
        if let (Network::None, Some(address)) = (init.network, go.address) {
            network::add_to_loopback(&[address.into()])?;
        }
    }
    let network = matches!(init.network, Network::None | Network::Private);
    sysctls::apply(&init.request.sysctls, sysctls::Own { network, ipc: init.request.ipc.is_own() })?;
    // SECURITY: otherwise this would set the host's own names (test/attack/processes/shared-namespaces.test.ts).
    if init.request.uts == Uts::Private {
        rustix::system::sethostname(init.request.hostname.as_bytes()).map_err(failed("set the host name"))?;
        if let Some(domain) = &init.request.domainname {
            rustix::system::setdomainname(domain.as_bytes()).map_err(failed("set the domain name"))?;
        }
    }
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(failed("make the mounts private"))
}

fn open_sources(
    request: &RunRequest,
    users: Option<&UserNamespace>,
    (go, tied): (&Go, Vec<Option<Source>>),
) -> Result<Sources, Failure> {
    Ok(Sources {
        root: Root::open(&request.rootfs, users)?,
        host_files: request.host_files.as_ref().map(|files| host_files::open_all(files, request, go)).transpose()?,
        mounts: (request.mounts.iter().zip(tied))
            .map(|(mount, tied)| tied.map_or_else(|| submounts::open_source(mount, users), Ok))
            .collect::<Result<_, _>>()?,
    })
}

fn mount_groups(init: &Init<'_>, points: &mut MountPoints) -> Result<(), Failure> {
    match &init.request.cgroup {
        Some(spec) if spec.devices_only => {
            let is_own = init.cgroup.is_some_and(Cgroup::is_in_v2);
            cgroup_files::mount_unlimited(points, !is_own && (init.users.is_some() || hierarchy::is_root()))
        }
        Some(_) => {
            let shown = init.cgroup.filter(|_| init.request.cgroupns == CgroupView::Host);
            cgroup_files::mount_all(points, init.request.security == Security::Insecure, shown)
        }
        None => Ok(()),
    }
}

fn mount_resolver_files(request: &RunRequest, go: &Go, points: &mut MountPoints) -> Result<(), Failure> {
    let hosts = resolver_files::hosts_of_step(request, go.host_gateway.as_deref());
    for (target, content) in [("/etc/hosts", &hosts), ("/etc/resolv.conf", &go.resolv_conf)] {
        let file = submounts::file(content.as_bytes(), (0o644, None), target)?;
        // SPEC: BuildKit mounts both read-only (executor/oci/mounts.go).
        filesystem::restrict(&file, PLAIN | MountAttrFlags::MOUNT_ATTR_RDONLY, target)?;
        let place = points.open(target, Kind::File)?;
        filesystem::attach(file, place.as_fd(), target)?;
    }
    Ok(())
}

/// Replaces the old root by the new one, then unmounts the old root and everything in it.
fn change_root(points: &MountPoints, request: &RunRequest) -> Result<(), Failure> {
    let failed = |errno| {
        let hint = match errno {
            Errno::PERM => "The surrounding container must allow pivot_root (docker: --security-opt seccomp=unconfined)",
            _ => "The host's own root must not be an initramfs",
        };
        Failure::kernel(CODE, "change to the new root", errno).with_hint(hint)
    };
    rustix::process::fchdir(points.root()).map_err(failed)?;
    match rustix::process::pivot_root(".", ".") {
        Err(Errno::PERM) if never_unmounts(request) => cover_root(points).map_err(failed)?,
        pivoted => pivoted.and_then(|()| unmount(".", UnmountFlags::DETACH)).map_err(failed)?,
    }
    rustix::process::chdir("/").map_err(failed)
}

/// A build step with default capabilities; a container may be entered with more.
fn never_unmounts(request: &RunRequest) -> bool {
    request.security == Security::Default && request.process.add_capabilities.is_empty() && !request.keep_mount_points
}

/// For surrounding containers whose seccomp filter refuses only pivot_root, as docker's does for containers that may mount:
/// the old root stays below the new one. SECURITY: this covers the root of the mount namespace, whatever the root of this
/// process is: no lookup leads further up, and only a process that may unmount can uncover it
/// (test/attack/mounts/covered-root.test.ts).
fn cover_root(points: &MountPoints) -> Result<(), Errno> {
    let own = rustix::fs::open("/proc/self/ns/mnt", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    move_into_link_name_space(own.as_fd(), Some(LinkNameSpaceType::Mount))?;
    rustix::process::fchdir(points.root())?;
    mount_move(".", "/")?;
    rustix::process::chroot(".")
}
