//! The verb `probe`: tests what this machine allows this user to do. Leaves nothing behind, does not choose a mode.
mod trial;

use foundation::failure::Failure;
use protocol::{CgroupMode, IdMapping, ProbeCheck, ProbeResult};
use sandbox::surroundings;
use std::path::Path;
use trial::Trial;

/// Required by mount_setattr and fsmount; older kernels also lack overlays for non-root users (5.11). A plain chroot needs
/// neither: gVisor reports 4.4.
const OLDEST_KERNEL: (u32, u32) = (5, 12);

const SUBORDINATE_IDS: &str =
    "Install newuidmap (Debian: uidmap) and grant IDs: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER";

/// Tests overlays in the directory, which is that of the store; without one, on a disk.
pub fn probe(mapping: &IdMapping, directory: Option<&Path>) -> ProbeResult {
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    let trial = trial::run(mapping, directory);
    let mode = surroundings::cgroup_mode();
    let chroot = matches!(trial.chroot, Some(Ok(())));
    let tree = !chroot && matches!(trial.tree, Some(Ok(())));
    let refusal = refusal(&trial);
    let mut checks = vec![check_kernel(&kernel, chroot)];
    checks.extend(match &refusal {
        _ if chroot => checks_of_chroot(&trial),
        _ if tree => checks_of_tree(mapping, &trial),
        Some(why) => vec![check_without_steps(why)],
        None => checks_of_namespaces(mapping, &trial),
    });
    checks.extend(check_pivot(&trial).filter(|_| !chroot));
    checks.extend([check_cgroup(mode), check_network(mapping)]);
    ProbeResult { checks, cgroup: mode, overlay: matches!(trial.overlay, Some(Ok(()))), tree, chroot, refusal, kernel }
}

fn checks_of_namespaces(mapping: &IdMapping, trial: &Trial) -> Vec<ProbeCheck> {
    vec![
        check_ids(mapping, trial),
        check_user_namespace(mapping, trial),
        from_trial("overlay", "layers can be mounted", &trial.overlay),
        from_trial("proc", "a private /proc can be mounted", &trial.proc),
        check_seccomp(),
    ]
}

/// Namespaces, but not overlays.
fn checks_of_tree(mapping: &IdMapping, trial: &Trial) -> Vec<ProbeCheck> {
    let why = no_namespaces(trial);
    let found = format!("in namespaces, over a copy of their layers, as are containers. {why}");
    let hint = "Put the store on a volume or a tmpfs, for example -v tsbuild:/var/lib/tsbuild";
    vec![
        check_ids(mapping, trial),
        check_user_namespace(mapping, trial),
        ProbeCheck::limited("isolation of steps", found, hint),
        from_trial("proc", "a private /proc can be mounted", &trial.proc),
        check_seccomp(),
    ]
}

/// Neither namespaces nor a plain chroot.
fn refusal(trial: &Trial) -> Option<String> {
    let Some(Err(chroot)) = &trial.chroot else { return None };
    Some(format!("{}; {}", no_namespaces(trial), chroot.message))
}

fn no_namespaces(trial: &Trial) -> &str {
    let failed = [&trial.user_namespace, &trial.overlay].into_iter().find_map(|outcome| outcome.as_ref()?.as_ref().err());
    failed.map_or("there are no overlays", |failure| &failure.message[..])
}

fn check_without_steps(why: &str) -> ProbeCheck {
    let found = format!("RUN is refused; Dockerfiles without RUN can be built. {why}");
    ProbeCheck::bad("isolation of steps", found, "See docs/rootless.md for what the container needs to allow")
}

fn checks_of_chroot(trial: &Trial) -> Vec<ProbeCheck> {
    let why = no_namespaces(trial);
    let found = format!("in a plain chroot, not confined from this container; run and exec are not possible. {why}");
    vec![
        ProbeCheck::good("ids", "root: all IDs of this container"),
        ProbeCheck::limited("isolation of steps", found, "See docs/rootless.md for what the container needs to allow more"),
    ]
}

fn check_kernel(release: &str, is_chroot: bool) -> ProbeCheck {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let found = format!("Linux {release}");
    if version >= OLDEST_KERNEL || is_chroot {
        return ProbeCheck::good("kernel", found);
    }
    ProbeCheck::bad("kernel", found, format!("Use Linux {}.{} or newer", OLDEST_KERNEL.0, OLDEST_KERNEL.1))
}

fn check_ids(mapping: &IdMapping, trial: &Trial) -> ProbeCheck {
    match mapping {
        IdMapping::Host => ProbeCheck::good("ids", "root: all IDs of the host"),
        IdMapping::Subordinate { uid_ranges, .. } => {
            let count: u64 = uid_ranges.iter().map(|range| u64::from(range.count)).sum();
            ProbeCheck::good("ids", format!("{count} subordinate IDs, mapped by newuidmap"))
        }
        IdMapping::Single if matches!(trial.owners, Some(Ok(()))) => {
            ProbeCheck::limited("ids", "one ID only: other owners and users are recorded and emulated", SUBORDINATE_IDS)
        }
        IdMapping::Single => {
            let why = match &trial.owners {
                Some(Err(failure)) => format!(". {}", failure.message),
                _ => String::new(),
            };
            let found = format!("one ID only: all files belong to root and all commands run as root{why}");
            ProbeCheck::limited("ids", found, SUBORDINATE_IDS)
        }
    }
}

fn check_user_namespace(mapping: &IdMapping, trial: &Trial) -> ProbeCheck {
    match mapping {
        IdMapping::Host => ProbeCheck::good("user namespace", "not needed by root"),
        _ => from_trial("user namespace", "can be created", &trial.user_namespace),
    }
}

/// A trial that was not reached failed with the one before it.
fn from_trial(name: &'static str, good: &str, outcome: &Option<Result<(), Failure>>) -> ProbeCheck {
    match outcome {
        Some(Ok(())) => ProbeCheck::good(name, good),
        Some(Err(failure)) => {
            let hint = failure.hint.clone().unwrap_or_else(|| "See the documentation of this machine's kernel".into());
            ProbeCheck::bad(name, &failure.message, hint)
        }
        None => ProbeCheck::bad(name, "not tried, because an earlier check failed", "Fix that first"),
    }
}

fn check_pivot(trial: &Trial) -> Option<ProbeCheck> {
    let mounts = [&trial.overlay, &trial.tree].into_iter().any(|outcome| matches!(outcome, Some(Ok(()))));
    let Some(Err(failure)) = trial.pivot.as_ref().filter(|_| mounts) else { return None };
    let found = format!("{}: containers and RUN --security=insecure are not possible", failure.message);
    let hint = "Allow pivot_root in the seccomp filter of the surrounding container (docker: --security-opt seccomp=unconfined)";
    Some(ProbeCheck::limited("change of the root", found, hint))
}

fn check_seccomp() -> ProbeCheck {
    match std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail") {
        Ok(actions) if actions.contains("errno") => ProbeCheck::good("seccomp", "system calls can be filtered"),
        _ => ProbeCheck::bad("seccomp", "system calls cannot be filtered", "The kernel needs CONFIG_SECCOMP_FILTER"),
    }
}

/// Only limits require control groups; therefore this is never an obstacle.
fn check_cgroup(mode: CgroupMode) -> ProbeCheck {
    if mode == CgroupMode::None {
        let found = "none mounted: memory and CPU limits are not possible";
        return ProbeCheck::limited("cgroups", found, "Mount the cgroup2 filesystem on /sys/fs/cgroup");
    }
    match surroundings::cgroup_controllers() {
        Ok(controllers) => ProbeCheck::good("cgroups", format!("limits by the controllers {}", controllers.join(", "))),
        Err(failure) => {
            let hint = failure.hint.unwrap_or_else(|| "See docs/cgroups.md".into());
            ProbeCheck::limited("cgroups", format!("limits are not possible: {}", failure.message), hint)
        }
    }
}

/// Without a helper, build steps use the network of the host.
fn check_network(mapping: &IdMapping) -> ProbeCheck {
    match surroundings::network_helper() {
        Some(_) if matches!(mapping, IdMapping::Host) && !surroundings::may_configure_networks() => ProbeCheck::limited(
            "private network",
            "none: RUN steps use the network of the host, containers need --network host or none",
            "Grant the capability NET_ADMIN to the surrounding container (docker: --cap-add NET_ADMIN)",
        ),
        Some(path) => ProbeCheck::good("private network", format!("by {}", path.display())),
        None => ProbeCheck::limited(
            "private network",
            "none: RUN steps use the network of the host, containers need --network host or none",
            "Install pasta (Debian: passt) or slirp4netns, and grant access to /dev/net/tun",
        ),
    }
}
