//! The version 2 group in which this user may create groups for commands.
use super::hierarchy::{Hierarchies, OURS, Unified, is_root, own_path};
use super::{CODE, make, write};
use foundation::failure::Failure;
use rustix::fs::{Access, access};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

const CONTROLLERS: [&str; 5] = ["memory", "cpu", "pids", "io", "cpuset"];
/// Child to which the members of a group are moved before the group enables controllers for its children. Docker and Podman
/// use the same name.
const LEAF: &str = "init";

pub struct Delegated {
    directory: PathBuf,
}

impl Delegated {
    /// For root the top; for others the nearest writable ancestor of their own group that has no processes, or else their
    /// own group.
    pub fn find(hierarchies: &Hierarchies) -> Result<Self, Failure> {
        let Some(unified) = &hierarchies.v2 else {
            return Err(Failure::new(CODE, "Cannot create a cgroup: no hierarchy of version 2 is mounted"));
        };
        if is_root() {
            return Delegated::check(unified.mounted.clone());
        }
        let own = own_group(unified);
        let above = own.ancestors().skip(1).take_while(|path| path.starts_with(&unified.mounted) && is_writable(path));
        let free = above.filter(|path| members(path).is_empty()).map(Path::to_owned).next();
        free.map_or_else(|| Delegated::check(own), |directory| Ok(Delegated { directory }))
    }

    /// The group that the user's service manager would delegate.
    pub fn of_manager(directory: PathBuf) -> Self {
        Delegated { directory }
    }

    fn check(directory: PathBuf) -> Result<Self, Failure> {
        if is_writable(&directory) { Ok(Delegated { directory }) } else { Err(not_delegated(&directory)) }
    }

    /// Controllers that its children can use.
    pub fn controllers(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.directory.join("cgroup.controllers")).unwrap_or_default();
        text.split_whitespace().filter(|name| CONTROLLERS.contains(name)).map(str::to_owned).collect()
    }

    /// The directory for groups of tsbuild. Processes are moved only if limits are needed.
    pub fn prepare(&self, is_needed: bool) -> Result<PathBuf, Failure> {
        if is_needed && !is_top(&self.directory) {
            vacate(&self.directory)?;
        }
        enable_controllers(&self.directory);
        // A dedicated group: only tsbuild decides which controllers it has, and all leftovers in it are tsbuild's.
        let ours = self.directory.join(OURS);
        make(&ours)?;
        if kind(&ours).as_deref() == Some("domain invalid") {
            return Err(Failure::new(
                CODE,
                format!(
                    "Cannot create a cgroup in \"{}\": a threaded cgroup (expected a domain cgroup)",
                    self.directory.display()
                ),
            ));
        }
        enable_controllers(&ours);
        Ok(ours)
    }
}

/// The group that contains this process.
pub fn own_group(unified: &Unified) -> PathBuf {
    let text = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let path = Path::new("/").join(own_path(&text, ""));
    unified.mounted.join(path.strip_prefix(&unified.root).unwrap_or(Path::new("")))
}

/// A controller that cannot be enabled is reported when a limit needs it.
pub fn enable_controllers(directory: &Path) {
    // The kernel would accept some controllers there, and then allow only threads in the child groups.
    if !is_top(directory) && !members(directory).is_empty() {
        return;
    }
    let file = directory.join("cgroup.subtree_control");
    let enabled = std::fs::read_to_string(&file).unwrap_or_default();
    for controller in CONTROLLERS.iter().filter(|name| enabled.split_whitespace().all(|enabled| enabled != **name)) {
        let _ = std::fs::write(&file, format!("+{controller}"));
    }
}

/// SPEC: "no internal processes": a group that contains processes cannot enable controllers for its children.
fn vacate(directory: &Path) -> Result<(), Failure> {
    const ROUNDS: u32 = 100; // processes that are moved may start others in the meantime
    let leaf = directory.join(LEAF);
    for _ in 0..ROUNDS {
        let members = members(directory);
        if members.is_empty() {
            return Ok(());
        }
        make(&leaf)?;
        for pid in &members {
            if pid == "0" {
                return Err(cannot_vacate(directory, "some are not visible from here"));
            }
            match write(&leaf.join("cgroup.procs"), pid) {
                Err(failure) if Path::new("/proc").join(pid).exists() => return Err(cannot_vacate(directory, &failure.message)),
                _ => {} // an error means that the process has exited
            }
        }
    }
    Err(cannot_vacate(directory, "new processes keep appearing"))
}

fn cannot_vacate(directory: &Path, found: &str) -> Failure {
    let place = directory.display();
    Failure::new(CODE, format!("Cannot move the processes of the cgroup \"{place}\" into one below it: {found}"))
        .with_hint("Move the processes out of the cgroup, or omit the limits")
}

/// PIDs; 0 for each process of another PID namespace.
fn members(directory: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(directory.join("cgroup.procs")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The root group of the machine, which may have both processes and children. SPEC: only other groups have a type.
fn is_top(directory: &Path) -> bool {
    kind(directory).is_none()
}

fn kind(directory: &Path) -> Option<String> {
    std::fs::read_to_string(directory.join("cgroup.type")).ok().map(|text| text.trim().to_owned())
}

pub fn is_writable(directory: &Path) -> bool {
    access(directory.join("cgroup.procs"), Access::WRITE_OK).is_ok() && access(directory, Access::WRITE_OK).is_ok()
}

pub fn not_delegated(directory: &Path) -> Failure {
    let place = directory.display();
    if access(directory, Access::WRITE_OK) == Err(Errno::ROFS) {
        return Failure::new(CODE, format!("Cannot create a cgroup in \"{place}\": mounted read-only"))
            .with_hint("Run the surrounding container with a private writable cgroup (docker run --privileged --cgroupns private), or omit the limits");
    }
    Failure::new(CODE, format!("Cannot create a cgroup in \"{place}\": not owned by this user (expected a delegated cgroup)"))
        .with_hint("Start the program with: systemd-run --user --scope -p Delegate=yes, or as root; or omit the limits")
}
