//! Devices of the host that are granted to the command, and rules for the devices that it may open.
use super::filesystem::{self, CODE};
use super::mount_points::{Kind, MountPoints};
use crate::cgroup::{self, DeviceKind, DeviceRule, DeviceRules};
use crate::namespaces::user_namespace::UserNamespace;
use foundation::failure::Failure;
use protocol::{Device, RunRequest, Security};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid, fstat};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags as Attr;

pub const DEVICE: Attr = Attr::MOUNT_ATTR_NOSUID.union(Attr::MOUNT_ATTR_NOEXEC);

/// SPEC: granted to docker's containers (moby oci/defaults.go), but not to its build steps.
const CONSOLE: &str = "c 5:1 rwm";

/// None for a command that may open all devices.
pub fn rules(request: &RunRequest) -> Result<Option<DeviceRules>, Failure> {
    if request.security == Security::Insecure {
        return Ok(None);
    }
    let mut rules: Vec<DeviceRule> = cgroup::of_every_container().collect();
    if request.allows_console {
        rules.push(CONSOLE.parse()?);
    }
    let mut are_required = !request.device_rules.is_empty();
    for rule in &request.device_rules {
        rules.push(rule.parse()?);
    }
    for device in &request.devices {
        let rule = rule_for(device)?;
        are_required |= rule.is_some_and(|rule| rule.access & (cgroup::READ | cgroup::WRITE) != cgroup::READ | cgroup::WRITE);
        rules.extend(rule);
    }
    Ok(Some(DeviceRules { rules, are_required }))
}

/// None if the path is not a device, which is reported when it is granted.
fn rule_for(device: &Device) -> Result<Option<DeviceRule>, Failure> {
    let named = device.source.display();
    let access = cgroup::access(&device.access);
    let access = access.ok_or_else(|| {
        Failure::new(CODE, format!("Cannot add device \"{named}\": mode {:?} (expected letters of rwm)", device.access))
    })?;
    let Ok(stat) = rustix::fs::stat(&device.source) else { return Ok(None) };
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::CharacterDevice => DeviceKind::Character,
        FileType::BlockDevice => DeviceKind::Block,
        _ => return Ok(None),
    };
    let (major, minor) = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
    Ok(Some(DeviceRule { kind, major: Some(major), minor: Some(minor), access }))
}

/// A mount of each, created while the host is visible. SECURITY: of a new node with the same numbers, so that changes of
/// modes and owners stay inside; if no node can be created, the mount shows the host's node, which cannot be changed.
pub fn open_all(devices: &[Device], users: Option<&UserNamespace>) -> Result<Vec<OwnedFd>, Failure> {
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let scratch = filesystem::Scratch::attach(DEVICE)?;
    let made = devices.iter().enumerate().map(|(number, device)| grant((scratch.directory(), number), device, users)).collect();
    scratch.detach()?;
    made
}

fn grant((scratch, number): (BorrowedFd<'_>, usize), device: &Device, users: Option<&UserNamespace>) -> Result<OwnedFd, Failure> {
    let named = device.source.display().to_string();
    let failed = |errno| Failure::kernel(CODE, &format!("add device \"{named}\""), errno);
    let node = filesystem::open_source(&device.source)?;
    let mut stat = fstat(&node).map_err(failed)?;
    if let Some(owner) = users.and_then(|users| users.outside((stat.st_uid, stat.st_gid))) {
        (stat.st_uid, stat.st_gid) = owner;
    }
    if !matches!(FileType::from_raw_mode(stat.st_mode), FileType::CharacterDevice | FileType::BlockDevice) {
        return Err(Failure::new(CODE, format!("Cannot add device \"{named}\": not a device node")));
    }
    match make(scratch, &format!("{number}"), &stat) {
        Err(Errno::PERM) => {
            let mount = filesystem::clone(&node, false).map_err(failed)?;
            filesystem::restrict(&mount, DEVICE | Attr::MOUNT_ATTR_RDONLY, &named)?;
            Ok(mount)
        }
        made => made.map_err(failed),
    }
}

fn make(scratch: BorrowedFd<'_>, name: &str, stat: &Stat) -> Result<OwnedFd, Errno> {
    let mode = Mode::from_raw_mode(stat.st_mode & 0o777);
    rustix::fs::mknodat(scratch, name, FileType::from_raw_mode(stat.st_mode), mode, stat.st_rdev)?;
    rustix::fs::chmodat(scratch, name, mode, AtFlags::empty())?; // independent of the umask
    rustix::fs::chownat(
        scratch,
        name,
        Some(Uid::from_raw(stat.st_uid)),
        Some(Gid::from_raw(stat.st_gid)),
        AtFlags::SYMLINK_NOFOLLOW,
    )?;
    filesystem::clone(rustix::fs::openat(scratch, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?, false)
}

pub fn mount_all(devices: &[Device], granted: &[OwnedFd], points: &mut MountPoints) -> Result<(), Failure> {
    for (device, mount) in devices.iter().zip(granted) {
        let place = points.open(&device.target, Kind::File)?;
        filesystem::attach(mount, place.as_fd(), &device.target)?;
    }
    Ok(())
}
