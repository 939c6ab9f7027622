//! Controls which devices the processes of a group may open: in version 1 with files of the controller `devices`, in
//! version 2 with a program. SECURITY: mounts of a command may expose devices only if this is in force
//! (lifecycle/setup.rs); therefore a partial failure is a failure.
use super::device_rule::DeviceRule;
use super::hierarchy::{self, Hierarchies, is_root, mode};
use super::{CODE, Cgroup, Group, bpf, device_program, ownership, removal, write};
use foundation::failure::Failure;
use protocol::{CgroupMode, CgroupSpec};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode as FileMode, OFlags, open};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

const LIST: &str = "devices.list";

/// Rules for the devices that a command may open.
pub struct DeviceRules {
    pub rules: Vec<DeviceRule>,
    /// Some requested rules cannot be enforced in another way: without the group the command must not start.
    pub are_required: bool,
}

/// Call it before a process is in the group. After an error, nothing has changed.
pub fn guard(cgroup: &mut Cgroup, (hierarchies, spec): (&Hierarchies, &CgroupSpec), rules: &[DeviceRule]) -> Result<(), Failure> {
    if !is_root() {
        return Err(unavailable("non-root users cannot create device cgroups"));
    }
    match (mode(hierarchies), &cgroup.v2) {
        (CgroupMode::V2, Some(directory)) => attach(directory, rules),
        (CgroupMode::V2 | CgroupMode::None, _) => Err(unavailable("no device cgroup can be created here")),
        (CgroupMode::V1 | CgroupMode::Hybrid, _) => {
            let Some((parent, is_ours)) = hierarchy::devices_parent(hierarchies, spec.parent.as_deref())? else {
                return Err(unavailable("the controller \"devices\" is not mounted"));
            };
            if is_ours {
                ownership::sweep(&parent);
            }
            let directory = parent.join(&spec.name);
            cgroup.groups.push(make_v1(&directory, rules)?);
            cgroup.v1.push((hierarchy::DEVICES, directory));
            Ok(())
        }
    }
}

/// Whether `guard` has set up the group with these directories.
pub fn are_guarded(directories: &[PathBuf]) -> bool {
    directories.iter().any(|directory| {
        directory.join(LIST).exists() || open_directory(directory).is_ok_and(|group| bpf::is_attached(group.as_fd()) == Ok(true))
    })
}

fn make_v1(directory: &Path, rules: &[DeviceRule]) -> Result<Group, Failure> {
    let group = ownership::claim(directory)?;
    match write_v1(directory, rules) {
        Ok(()) => Ok(group),
        Err(failure) => {
            removal::remove_all(&[group])?;
            Err(failure)
        }
    }
}

/// The kernel accepts one rule per write.
fn write_v1(directory: &Path, rules: &[DeviceRule]) -> Result<(), Failure> {
    write(&directory.join("devices.deny"), "a")?;
    let path = directory.join("devices.allow");
    let failed = |what: &str, cause| Failure::kernel(CODE, &format!("write \"{what}\" to \"{}\"", path.display()), cause);
    let mut file = OpenOptions::new().write(true).open(&path).map_err(|cause| failed("", cause))?;
    rules
        .iter()
        .map(DeviceRule::to_string)
        .try_for_each(|rule| file.write_all(rule.as_bytes()).map_err(|cause| failed(&rule, cause)))
}

fn attach(directory: &Path, rules: &[DeviceRule]) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, &format!("attach device rules to \"{}\"", directory.display()), errno);
    let group = open_directory(directory).map_err(failed)?;
    let program = bpf::load(&device_program::assemble(rules)).map_err(failed)?;
    bpf::attach(group.as_fd(), program.as_fd()).map_err(failed)
}

fn open_directory(directory: &Path) -> rustix::io::Result<OwnedFd> {
    open(directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, FileMode::empty())
}

/// The failure for a feature that requires a control group.
pub fn unavailable(found: &str) -> Failure {
    Failure::new(CODE, format!("Cannot enforce device rules: {found} (expected a device cgroup)"))
        .with_hint("Grant the device for reading and writing: --device /dev/x")
}
