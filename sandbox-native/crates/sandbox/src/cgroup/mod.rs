//! The control group of a step: created, filled, read and removed, on version 1, version 2 and hybrids. Does not start
//! processes.
mod bpf;
mod delegation;
mod device_program;
mod device_rule;
mod devices;
mod freezer;
mod group;
pub mod hierarchy;
mod limits;
mod members_file;
mod ownership;
mod readings;
mod removal;
mod scope;

pub use device_rule::{DeviceRule, Kind as DeviceKind, READ, WRITE, access, of_every_container};
pub use devices::{DeviceRules, are_guarded, unavailable};
pub use freezer::is_frozen;
pub use group::Group;
pub use hierarchy::{Hierarchies, mode, usable_controllers};
pub use members_file::MembersFile;
pub use readings::Readings;
pub use removal::{end_members, remove_all};
pub use scope::{enter_for_joining, enter_for_limits};

use foundation::failure::Failure;
use foundation::status;
use protocol::{CgroupMode, CgroupSpec, LimitRequest};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode as FileMode, OFlags, open};
use std::path::{Path, PathBuf};

pub const CODE: &str = "SANDBOX_CGROUP";

/// One directory per hierarchy.
pub struct Cgroup {
    /// Controller and directory; a directory appears once for each of its controllers.
    v1: Vec<(&'static str, PathBuf)>,
    v2: Option<PathBuf>,
    guards_devices: bool,
    /// Created and locked by this process until it exits.
    groups: Vec<Group>,
}

impl Cgroup {
    /// Empty if no group can be created and none is required. Without device rules, device access is not controlled.
    pub fn create(spec: &CgroupSpec, devices: Option<&DeviceRules>, warn: &mut dyn FnMut(&str)) -> Result<Self, Failure> {
        Cgroup::make((spec, limits::any(spec)), devices, warn)
    }

    /// A group through which all its members can be killed.
    pub fn create_to_end(spec: &CgroupSpec, devices: Option<&DeviceRules>, warn: &mut dyn FnMut(&str)) -> Result<Self, Failure> {
        let refused = |found: &str| {
            Failure::new(
                CODE,
                format!("Cannot share a process namespace: no cgroup through which all processes can be killed: {found}"),
            )
            .with_hint(
                "Omit --pid; or start the program as root, or with: systemd-run --user --scope -p Delegate=yes (docs/cgroups.md)",
            )
        };
        let is_asked = limits::any(spec) || devices.is_some_and(|devices| devices.are_required);
        let cgroup = Cgroup::make((spec, true), devices, warn)
            .map_err(|failure| if is_asked { failure } else { refused(&failure.message) })?;
        if cgroup.v2.is_some() || cgroup.v1("freezer").is_some() {
            return Ok(cgroup);
        }
        cgroup.remove()?;
        Err(refused("no freezer is mounted"))
    }

    fn make(
        (spec, is_needed): (&CgroupSpec, bool),
        devices: Option<&DeviceRules>,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self, Failure> {
        check_name(&spec.name)?;
        let hierarchies = Hierarchies::find();
        let is_wanted =
            !spec.devices_only || is_needed || devices.is_some() && mode(&hierarchies) == CgroupMode::V2 && hierarchy::is_root();
        let limited = if is_wanted { Cgroup::make_limited((spec, is_needed), &hierarchies, warn)? } else { None };
        let mut cgroup =
            limited.unwrap_or_else(|| Cgroup { v1: Vec::new(), v2: None, guards_devices: false, groups: Vec::new() });
        let Some(DeviceRules { rules, are_required }) = devices else { return Ok(cgroup) };
        match devices::guard(&mut cgroup, (&hierarchies, spec), rules) {
            Ok(()) => cgroup.guards_devices = true,
            Err(failure) if *are_required => {
                cgroup.remove()?;
                return Err(failure);
            }
            Err(_) => {} // then mounts of the command do not expose devices
        }
        Ok(cgroup)
    }

    fn make_limited(
        (spec, is_needed): (&CgroupSpec, bool),
        hierarchies: &Hierarchies,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Option<Self>, Failure> {
        let Some(parents) = hierarchy::parents(hierarchies, is_needed, spec.parent.as_deref())? else { return Ok(None) };
        if parents.are_ours {
            parents.v1.iter().map(|(_, path)| path).chain(&parents.v2).for_each(|path| ownership::sweep(path));
        }
        let mut cgroup = Cgroup {
            v1: parents.v1.iter().map(|(controller, path)| (*controller, path.join(&spec.name))).collect(),
            v2: parents.v2.map(|path| path.join(&spec.name)),
            guards_devices: false,
            groups: Vec::new(),
        };
        if let Err(failure) = cgroup.claim() {
            cgroup.remove()?;
            return if is_needed { Err(failure) } else { Ok(None) };
        }
        match cgroup.v1_memory_nodes().and_then(|()| limits::apply(spec, &cgroup, warn)) {
            Ok(()) => Ok(Some(cgroup)),
            Err(failure) => {
                cgroup.remove()?;
                Err(failure)
            }
        }
    }

    fn claim(&mut self) -> Result<(), Failure> {
        for directory in self.directories().map(Path::to_owned).collect::<Vec<_>>() {
            self.groups.push(ownership::claim(&directory)?);
        }
        Ok(())
    }

    /// An existing group, by its directories.
    fn of(directories: &[PathBuf]) -> Self {
        let hierarchies = Hierarchies::find();
        let controllers_of = |directory: &Path| {
            let holds = hierarchies.v1.iter().find(|(_, mounted)| directory.starts_with(mounted));
            let names = holds.map_or(&[][..], |(names, _)| names);
            hierarchy::CONTROLLERS.into_iter().filter(move |controller| names.iter().any(|name| name == controller))
        };
        let v1 = directories.iter().flat_map(|path| controllers_of(path).map(|controller| (controller, path.clone())));
        let v2 = directories.iter().find(|path| path.join("cgroup.controllers").exists());
        Cgroup { v1: v1.collect(), v2: v2.cloned(), guards_devices: false, groups: Vec::new() }
    }

    /// Adds this process, which must have one thread; it may have started in the version 2 group already.
    pub fn join(&self, begins_in_v2: bool) -> Result<(), Failure> {
        let mut others = self.directories().filter(|directory| !begins_in_v2 || Some(*directory) != self.v2.as_deref());
        others.try_for_each(|directory| MembersFile::open(directory)?.enter())
    }

    /// For `sys::fork_into`: in version 2, every later way to join waits until no process on the machine forks.
    pub fn is_in_v2(&self) -> bool {
        self.v2.is_some()
    }

    pub fn open_v2(&self) -> Result<Option<OwnedFd>, Failure> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = self.v2.as_ref().map(|directory| open(directory, flags, FileMode::empty())).transpose();
        opened.map_err(|errno| Failure::kernel(CODE, "open the cgroup of the command", errno))
    }

    /// The kernel denies its members every device that no rule allows.
    pub fn guards_devices(&self) -> bool {
        self.guards_devices
    }

    /// Includes processes that members start in the meantime.
    pub fn end_members(&self) {
        end_members(&self.groups);
    }

    pub fn readings(&self) -> Readings {
        readings::read(self)
    }

    /// After its processes have exited, or to kill them.
    pub fn remove(&self) -> Result<(), Failure> {
        remove_all(&self.groups)
    }

    pub fn directories(&self) -> impl Iterator<Item = &Path> + Clone {
        let mut seen: Vec<&Path> = Vec::new();
        for path in self.v1.iter().map(|(_, path)| path).chain(&self.v2) {
            if !seen.contains(&path.as_path()) {
                seen.push(path);
            }
        }
        seen.into_iter()
    }

    /// The directory of a version 1 controller.
    fn v1(&self, controller: &str) -> Option<&Path> {
        self.v1.iter().find(|(name, _)| *name == controller).map(|(_, path)| path.as_path())
    }

    /// A cpuset of version 1 starts empty and accepts processes only after memory nodes and CPUs are set.
    fn v1_memory_nodes(&self) -> Result<(), Failure> {
        let Some(directory) = self.v1("cpuset") else { return Ok(()) };
        for file in ["cpuset.mems", "cpuset.cpus"] {
            hierarchy::inherit(directory, file)?;
        }
        Ok(())
    }
}

/// The verb `limit`.
pub fn limit(request: &LimitRequest) -> Result<(), Failure> {
    if request.cgroup.is_empty() {
        return Err(Failure::new(CODE, "Cannot change the limits: the command has no cgroup"));
    }
    let groups = Group::open_all_named(&request.cgroup)?;
    let directories: Vec<PathBuf> = groups.iter().map(|group| group.path().to_owned()).collect();
    limits::apply(&request.limits, &Cgroup::of(&directories), &mut status::warning)
}

/// SECURITY: the name becomes a directory directly beneath the parent.
fn check_name(name: &str) -> Result<(), Failure> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_plain && !name.is_empty() && !name.starts_with('.') && name.len() <= 128 {
        return Ok(());
    }
    Err(Failure::new(CODE, format!("Cannot create the cgroup {name:?}: not a valid name (expected letters, digits, -, _ and .)")))
}

fn make(directory: &Path) -> Result<(), Failure> {
    match std::fs::create_dir(directory) {
        Err(cause) if cause.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Failure::kernel(CODE, &format!("create \"{}\"", directory.display()), cause))
        }
        _ => Ok(()),
    }
}

/// Pauses or resumes its processes.
pub fn freeze(directories: &[PathBuf], wanted: bool) -> Result<(), Failure> {
    let failed = |cause| Failure::kernel(CODE, "freeze the processes of the cgroup", cause);
    freezer::freeze(&Group::open_all_named(directories)?, wanted).map_err(failed)
}

fn write(file: &Path, value: &str) -> Result<(), Failure> {
    std::fs::write(file, value)
        .map_err(|cause| Failure::kernel(CODE, &format!("write \"{value}\" to \"{}\"", file.display()), cause))
}
