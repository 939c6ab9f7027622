//! Where this user can create control groups on this machine. docs/cgroups.md has the rules.
use super::delegation::{self, Delegated};
use super::{CODE, make, scope, write};
use foundation::failure::Failure;
use protocol::CgroupMode;
use std::path::{Path, PathBuf};

pub const CONTROLLERS: [&str; 7] = ["memory", "cpu", "cpuacct", "cpuset", "pids", "blkio", "freezer"];
/// Sets no limits: it controls which devices may be opened.
pub const DEVICES: &str = "devices";
/// Directory for groups of tsbuild: at the top for root, in the delegated group for others.
pub const OURS: &str = "tsbuild";

/// The mounted hierarchies.
pub struct Hierarchies {
    /// Controllers, as the mount options name them, and mount point of each.
    pub v1: Vec<(Vec<String>, PathBuf)>,
    pub v2: Option<Unified>,
}

/// The hierarchy of version 2.
#[derive(Debug, PartialEq)]
pub struct Unified {
    pub mounted: PathBuf,
    /// The group visible at the mount point, as /proc/self/cgroup names it: not the root if only a subtree is mounted.
    pub root: PathBuf,
}

impl Hierarchies {
    pub fn find() -> Self {
        let text = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        parse(&text)
    }

    /// Mount point of a version 1 controller.
    fn of(&self, controller: &str) -> Option<&Path> {
        let found = self.v1.iter().find(|(names, _)| names.iter().any(|name| name == controller));
        found.map(|(_, mounted)| mounted.as_path())
    }
}

pub fn mode(hierarchies: &Hierarchies) -> CgroupMode {
    let has_v1 = hierarchies.v1.iter().any(|(names, _)| names.iter().any(|name| CONTROLLERS.contains(&&name[..])));
    match (has_v1, &hierarchies.v2) {
        (true, Some(_)) => CgroupMode::Hybrid,
        (true, None) => CgroupMode::V1,
        (false, Some(_)) => CgroupMode::V2,
        (false, None) => CgroupMode::None,
    }
}

/// Directories in which new groups are created.
pub struct Parents {
    pub v1: Vec<(&'static str, PathBuf)>,
    pub v2: Option<PathBuf>,
    /// Everything in them belongs to tsbuild.
    pub are_ours: bool,
}

/// `None` if this user cannot create groups, or an error if one is needed.
pub fn parents(hierarchies: &Hierarchies, is_needed: bool, named: Option<&str>) -> Result<Option<Parents>, Failure> {
    if let Some(named) = named {
        return named_parents(hierarchies, named).map(Some);
    }
    let found =
        match mode(hierarchies) {
            CgroupMode::None => {
                Err(Failure::new(CODE, "Cannot create a cgroup: none is mounted").with_hint("Mount one at /sys/fs/cgroup"))
            }
            CgroupMode::V2 => Delegated::find(hierarchies)
                .and_then(|delegated| delegated.prepare(is_needed))
                .map(|path| Parents { v1: Vec::new(), v2: Some(path), are_ours: true }),
            CgroupMode::V1 | CgroupMode::Hybrid => v1_parents(hierarchies).map(|v1| Parents { v1, v2: None, are_ours: true }),
        };
    match found {
        Ok(parents) => Ok(Some(parents)),
        Err(failure) if is_needed => Err(failure),
        Err(_) => Ok(None),
    }
}

/// Controllers for which this user can set limits.
pub fn usable_controllers() -> Result<Vec<String>, Failure> {
    let hierarchies = Hierarchies::find();
    if let (CgroupMode::V2, Some(unified)) = (mode(&hierarchies), &hierarchies.v2) {
        let found = Delegated::find(&hierarchies);
        return match (found, scope::manager(unified)) {
            (Err(_), Some(manager)) => Ok(Delegated::of_manager(manager).controllers()),
            (found, _) => Ok(found?.controllers()),
        };
    }
    let parents = parents(&hierarchies, true, None)?;
    Ok(parents.iter().flat_map(|parents| &parents.v1).map(|(controller, _)| controller.to_string()).collect())
}

/// A directory that the caller names, from the top of each hierarchy. It is not created, because nothing would remove it.
fn named_parents(hierarchies: &Hierarchies, named: &str) -> Result<Parents, Failure> {
    let relative = below_top(named)?;
    let directory = |mounted: &Path| {
        let path = mounted.join(relative);
        if path.is_dir() {
            return Ok(path);
        }
        Err(Failure::new(CODE, format!("Cannot create a cgroup in \"{}\": no such cgroup", path.display()))
            .with_hint(format!("Create it first: mkdir {}", path.display())))
    };
    if let (CgroupMode::V2, Some(unified)) = (mode(hierarchies), &hierarchies.v2) {
        let path = directory(&unified.mounted)?;
        delegation::enable_controllers(&path);
        return Ok(Parents { v1: Vec::new(), v2: Some(path), are_ours: false });
    }
    let mut v1 = Vec::new();
    for controller in CONTROLLERS {
        let found = hierarchies.of(controller);
        // A controller without this directory is not used; a limit that needs it fails.
        if let Some(path) = found.map(|mounted| mounted.join(relative)).filter(|path| path.is_dir()) {
            v1.push((controller, path));
        }
    }
    match (v1.is_empty(), hierarchies.v1.first()) {
        (false, _) => Ok(Parents { v1, v2: None, are_ours: false }),
        (true, found) => directory(found.map_or(Path::new("/sys/fs/cgroup"), |(_, mounted)| mounted)).map(|_| Parents {
            v1,
            v2: None,
            are_ours: false,
        }),
    }
}

/// SECURITY: the path cannot lead out of the hierarchies.
fn below_top(named: &str) -> Result<&Path, Failure> {
    let relative = Path::new(named.trim_start_matches('/'));
    if relative.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
        return Ok(relative);
    }
    Err(Failure::new(CODE, format!("Cannot create a cgroup in {named:?}: not a plain path (expected names between slashes)")))
}

/// Parent for a device group, for root on version 1, and whether it belongs to tsbuild. A directory that the caller names
/// need not exist for this controller.
pub fn devices_parent(hierarchies: &Hierarchies, named: Option<&str>) -> Result<Option<(PathBuf, bool)>, Failure> {
    let Some(mounted) = hierarchies.of(DEVICES) else { return Ok(None) };
    let named = named.map(below_top).transpose()?.map(|relative| mounted.join(relative));
    if let Some(named) = named.filter(|path| path.is_dir()) {
        return Ok(Some((named, false)));
    }
    let ours = mounted.join(OURS);
    make(&ours)?;
    Ok(Some((ours, true)))
}

fn v1_parents(hierarchies: &Hierarchies) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut parents = Vec::new();
    for controller in CONTROLLERS {
        let Some(mounted) = hierarchies.of(controller) else { continue };
        let parent = if is_root() { mounted.join(OURS) } else { mounted.join(own_path(&own, controller)) };
        if is_root() {
            make(&parent)?;
            if controller == "cpuset" {
                inherit(&parent, "cpuset.mems")?;
                inherit(&parent, "cpuset.cpus")?;
            }
        } else if !delegation::is_writable(&parent) {
            return Err(delegation::not_delegated(&parent));
        }
        parents.push((controller, parent));
    }
    Ok(parents)
}

/// Copies a value from the parent directory if there is none yet.
pub fn inherit(directory: &Path, file: &str) -> Result<(), Failure> {
    let own = std::fs::read_to_string(directory.join(file)).unwrap_or_default();
    let above = directory.parent().map(|parent| parent.join(file));
    match above.and_then(|path| std::fs::read_to_string(path).ok()) {
        Some(value) if own.trim().is_empty() => write(&directory.join(file), value.trim()),
        _ => Ok(()),
    }
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root() && !foundation::idmap::in_user_namespace()
}

/// Parses `/proc/self/cgroup`: the path for a version 1 controller, or for version 2 with an empty name.
pub fn own_path<'t>(text: &'t str, controller: &str) -> &'t str {
    let line = text.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    let mut matching = line.filter(|(names, _)| names.split(',').any(|name| name == controller));
    matching.next().map_or("", |(_, path)| path.trim_start_matches('/'))
}

/// Mounts as `id parent dev root point options … - type source super-options`. If a hierarchy is mounted several times (the
/// host's /sys again, a container's volume), the first mount counts.
fn parse(mountinfo: &str) -> Hierarchies {
    let mut found = Hierarchies { v1: Vec::new(), v2: None };
    for line in mountinfo.lines() {
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let mut before = before.split(' ').skip(3);
        let (Some(root), Some(point)) = (before.next(), before.next()) else { continue };
        let mut after = after.split(' ');
        match (after.next(), after.nth(1)) {
            (Some("cgroup"), Some(options)) => {
                let names: Vec<String> = options.split(',').map(str::to_owned).collect();
                if found.v1.iter().all(|(known, _)| *known != names) {
                    found.v1.push((names, point.into()));
                }
            }
            (Some("cgroup2"), _) if found.v2.is_none() => {
                found.v2 = Some(Unified { mounted: point.into(), root: root.into() });
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_finds_both_versions() {
        let text = "25 1 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                    26 1 0:23 / /sys/fs/cgroup/cpu,cpuacct rw shared:3 - cgroup cgroup rw,cpu,cpuacct\n\
                    27 1 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let found = parse(text);
        assert_eq!(found.v1.len(), 2);
        assert_eq!(found.v2, Some(Unified { mounted: "/sys/fs/cgroup/unified".into(), root: "/".into() }));
        assert!(mode(&found) == CgroupMode::Hybrid);
    }

    #[test]
    fn parse_uses_the_first_mount_of_a_hierarchy() {
        let text = "25 1 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                    61 1 0:22 / /root/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
        let found = parse(text);
        assert_eq!(found.v1, [(vec!["rw".to_owned(), "memory".to_owned()], PathBuf::from("/sys/fs/cgroup/memory"))]);
    }

    #[test]
    fn own_path_finds_joint_controllers_and_version_2() {
        let text = "4:cpu,cpuacct:/user/a\n1:name=systemd:/\n0::/user.slice/b\n";
        assert_eq!(own_path(text, "cpuacct"), "user/a");
        assert_eq!(own_path(text, ""), "user.slice/b");
        assert_eq!(own_path(text, "pids"), "");
    }
}
