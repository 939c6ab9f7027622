//! A delegated group from systemd. A login session belongs to root, and only a process that may write to the common
//! ancestor can move a process out of it: the user's service manager does this for its user, and delegates the new group.
use super::delegation::{Delegated, is_writable, own_group};
use super::hierarchy::{Hierarchies, Unified, is_root, mode};
use super::{CODE, limits};
use foundation::failure::Failure;
use protocol::{CgroupMode, CgroupSpec, RunRequest};
use rustix::process::{getpid, getuid};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);
const ROUND: Duration = Duration::from_millis(5);

/// Call it before a command that has limits or is killed through its group, and before IDs are mapped, because systemd
/// identifies the user by ID. Does nothing if the user has a delegated group, or has no service manager: then the limit is
/// refused with a hint.
pub fn enter_for_limits(run: &RunRequest) -> Result<(), Failure> {
    let needs_one = |spec: &CgroupSpec| spec.parent.is_none() && (limits::any(spec) || run.pid.are_shared());
    let is_wanted = run.cgroup.as_ref().is_some_and(needs_one);
    let hierarchies = Hierarchies::find();
    match divided(&hierarchies) {
        Some(unified) if is_wanted && Delegated::find(&hierarchies).is_err() => enter(unified),
        _ => Ok(()),
    }
}

/// Call it before another command joins groups: a process that cannot leave its group cannot join them.
pub fn enter_for_joining(groups: &[PathBuf]) -> Result<(), Failure> {
    let hierarchies = Hierarchies::find();
    let (Some(unified), [group]) = (divided(&hierarchies), groups) else { return Ok(()) };
    let own = own_group(unified);
    let shared = group.ancestors().find(|above| own.starts_with(above));
    // A group of another user cannot be joined at all.
    if shared.is_some_and(is_writable) || !is_writable(group) { Ok(()) } else { enter(unified) }
}

/// The service manager whose controllers a group from systemd would have.
pub fn manager(unified: &Unified) -> Option<PathBuf> {
    let uid = getuid().as_raw();
    let service = format!("user.slice/user-{uid}.slice/user@{uid}.service");
    let group = unified.mounted.join(service);
    (is_writable(&group) && is_socket(&bus())).then_some(group)
}

/// The unified hierarchy, if this user needs a delegated group in it.
fn divided(hierarchies: &Hierarchies) -> Option<&Unified> {
    hierarchies.v2.as_ref().filter(|_| !is_root() && mode(hierarchies) == CgroupMode::V2)
}

fn enter(unified: &Unified) -> Result<(), Failure> {
    if manager(unified).is_none() {
        return Ok(());
    }
    let pid = getpid().as_raw_nonzero();
    let name = format!("tsbuild-{pid}.scope");
    let properties = format!("4 Description s tsbuild CollectMode s inactive-or-failed Delegate b true PIDs au 1 {pid} 0");
    let asked = Command::new("busctl")
        .arg(format!("--address=unix:path={}", bus().display()))
        .args(["--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"])
        .args(["StartTransientUnit", "ssa(sv)a(sa(sv))", &name, "fail"])
        .args(properties.split(' '))
        .stdin(Stdio::null())
        .output();
    match asked {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(refused(&cause.to_string())),
        Ok(output) if !output.status.success() => return Err(refused(String::from_utf8_lossy(&output.stderr).trim())),
        Ok(_) => {}
    }
    // The reply comes when the job is queued, not when it is done.
    let until = Instant::now() + PATIENCE;
    while !own_group(unified).ends_with(&name) {
        if Instant::now() > until {
            return Err(refused("it did not move the process in time"));
        }
        std::thread::sleep(ROUND);
    }
    Ok(())
}

/// Where systemd puts the bus socket of each user.
fn bus() -> PathBuf {
    format!("/run/user/{}/bus", getuid().as_raw()).into()
}

fn is_socket(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.file_type().is_socket())
}

fn refused(found: &str) -> Failure {
    Failure::new(CODE, format!("Cannot get a cgroup from systemd: {found}"))
        .with_hint("Start the program with: systemd-run --user --scope -p Delegate=yes, or as root; or omit the limits")
}
