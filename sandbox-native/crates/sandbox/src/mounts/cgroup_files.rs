//! /sys/fs/cgroup of the command: its own group is the root, in a cgroup namespace; without a cgroup namespace as in docker.
use super::filesystem::{self, PLAIN};
use super::mount_points::{Kind, MountPoints};
use crate::cgroup::{Cgroup, Hierarchies, mode};
use foundation::failure::Failure;
use protocol::CgroupMode;
use rustix::fd::AsFd;
use rustix::fs::{Mode as FileMode, OFlags, mkdirat, openat, symlinkat};
use rustix::mount::MountAttrFlags as Attr;

const PLACE: &str = "/sys/fs/cgroup";

/// `own`: in the host's cgroup namespace, where version 2 shows all groups and version 1 only that of the command.
pub fn mount_all(points: &mut MountPoints, writable: bool, own: Option<&Cgroup>) -> Result<(), Failure> {
    let hierarchies = Hierarchies::find();
    let attributes = if writable { PLAIN } else { PLAIN | Attr::MOUNT_ATTR_RDONLY };
    match mode(&hierarchies) {
        CgroupMode::None => Ok(()),
        CgroupMode::V2 => {
            let place = points.open(PLACE, Kind::Directory)?;
            filesystem::attach(filesystem::create("cgroup2", &[], attributes)?, place.as_fd(), PLACE)
        }
        CgroupMode::V1 | CgroupMode::Hybrid => mount_v1(points, (&hierarchies, own), attributes),
    }
}

/// For a step without limits, with version 2 only: its own group, or that of its caller, read-only. SECURITY: not if
/// `shows_host`, where the caller is root in the first group and all groups of the host would be visible.
pub fn mount_unlimited(points: &mut MountPoints, shows_host: bool) -> Result<(), Failure> {
    if mode(&Hierarchies::find()) != CgroupMode::V2 || shows_host {
        return Ok(());
    }
    // A surrounding container may forbid the mount.
    let Ok(mount) = filesystem::create("cgroup2", &[], PLAIN | Attr::MOUNT_ATTR_RDONLY) else { return Ok(()) };
    let place = points.open(PLACE, Kind::Directory)?;
    filesystem::attach(mount, place.as_fd(), PLACE)
}

fn mount_v1(
    points: &mut MountPoints,
    (hierarchies, shown): (&Hierarchies, Option<&Cgroup>),
    attributes: Attr,
) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(filesystem::CODE, &format!("mount \"{PLACE}\""), errno);
    let place = points.open(PLACE, Kind::Directory)?;
    let tmpfs = filesystem::create("tmpfs", &[("mode", "0755")], PLAIN)?;
    filesystem::attach(&tmpfs, place.as_fd(), PLACE)?;
    // If the host's /sys is mounted again, its hierarchies appear twice.
    let mut seen: Vec<&str> = Vec::new();
    for (options, path) in &hierarchies.v1 {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let own: Vec<(&str, &str)> = options.iter().filter_map(|option| hierarchy_option(option)).collect();
        if own.is_empty() || seen.contains(&name) {
            continue;
        }
        seen.push(name);
        mkdirat(&tmpfs, name, FileMode::from_raw_mode(0o755)).map_err(failed)?;
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let inner = openat(&tmpfs, name, flags, FileMode::empty()).map_err(failed)?;
        let group = shown.and_then(|cgroup| cgroup.directories().find(|directory| directory.starts_with(path)));
        let mount = match group {
            Some(group) => filesystem::clone(filesystem::open_source(group)?, false).map_err(failed)?,
            None => filesystem::create("cgroup", &own, attributes)?,
        };
        filesystem::restrict(&mount, attributes, name)?;
        filesystem::attach(mount, inner.as_fd(), name)?;
        if name.contains(',') {
            for (controller, _) in &own {
                symlinkat(name, &tmpfs, *controller).map_err(failed)?;
            }
        }
    }
    filesystem::restrict(&tmpfs, attributes, PLACE)
}

/// The mount options that identify the hierarchy: a controller, or a name.
fn hierarchy_option(option: &str) -> Option<(&str, &str)> {
    const OTHERS: [&str; 6] = ["rw", "ro", "xattr", "noprefix", "clone_children", "seclabel"];
    match option.split_once('=') {
        Some(("name", name)) => Some(("name", name)),
        Some(_) => None,
        None => (!OTHERS.contains(&option)).then_some((option, "")),
    }
}
