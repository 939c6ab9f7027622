//! Requests on trees read untrusted files with root's privileges; therefore unneeded privileges are dropped first. Later
//! threads inherit this. SECURITY: test/attack/layers/confined-tree-work.test.ts
use super::reach::Reach;
use confinement::capabilities::{self, Granted};
use confinement::seccomp;
use foundation::failure::Failure;
use landlock::{
    ABI, Access, AccessFs, RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, path_beneath_rules,
};

const CODE: &str = "SANDBOX_CONFINE";
/// The control of renames between directories requires version 2; kernels with version 1 are not asked to restrict files.
const RIGHTS: ABI = ABI::V3;

/// In addition to what docker's filter denies a container without capabilities: no program can be started, no process
/// signaled or inspected, and communication is possible only on open descriptors.
const FILTER: &str = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": [
    "execve", "execveat", "fork", "vfork", "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    "pidfd_send_signal", "pidfd_getfd", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "chroot", "prlimit64"
]}]}"#;

/// Call it while there is only one thread.
pub fn confine(reach: &Reach) -> Result<(), Failure> {
    let failed = |cause| Failure::kernel(CODE, "restrict the files that can be reached", std::io::Error::other(cause));
    restrict_files(reach).map_err(failed)?;
    drop_all_but(reach.capabilities())
}

/// Does not restrict files: for a private mount of the files.
pub fn drop_all_but(granted: Granted) -> Result<(), Failure> {
    let _ = capabilities::try_limit_bounding_set(granted); // requires SETPCAP; without new privileges it has no effect
    capabilities::limit(granted)?;
    rustix::thread::set_no_new_privs(true).map_err(|errno| Failure::kernel(CODE, "give up new privileges", errno))?;
    filter_calls()
}

fn filter_calls() -> Result<(), Failure> {
    seccomp::default_filter(Granted(0)).install()?;
    seccomp::filter_of(FILTER, Granted(0))?.install()
}

/// Kernels without Landlock have only the capabilities and the filter. Also sets no_new_privs.
fn restrict_files(reach: &Reach) -> Result<RestrictionStatus, RulesetError> {
    let all = AccessFs::from_all(RIGHTS);
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    Ruleset::default()
        .handle_access(all)?
        .create()?
        .add_rules(path_beneath_rules(reach.reads(), read))?
        .add_rules(path_beneath_rules(reach.writes(), all & !AccessFs::Execute))?
        .restrict_self()
}

#[cfg(test)]
mod tests {
    use super::*;
    use landlock::RulesetStatus;
    use protocol::WriteLayerRequest;
    use std::fs;
    use std::io::ErrorKind::PermissionDenied;

    /// Restrictions of a thread do not affect others.
    #[test]
    fn confined_work_is_limited_to_its_paths_and_starts_no_programs() {
        let room = std::env::temp_dir().join(format!("tsbuild-confine-{}", std::process::id()));
        for name in ["source", "output", "outside"] {
            fs::create_dir_all(room.join(name)).unwrap();
            fs::write(room.join(name).join("file"), name).unwrap();
        }
        let request: WriteLayerRequest = serde_json::from_value(serde_json::json!({
            "base": [{ "kind": "tree", "path": room.join("source") }], "actions": [], "wantDiffId": false,
            "tar": room.join("output/tar"), "index": room.join("output/index"),
        }))
        .unwrap();
        let inside = room.clone();
        let attempts = std::thread::spawn(move || {
            let status = restrict_files(&Reach::from(&request)).unwrap();
            filter_calls().unwrap();
            let has_landlock = status.ruleset != RulesetStatus::NotEnforced;
            assert_eq!(fs::read(inside.join("source/file")).unwrap(), b"source");
            fs::write(inside.join("output/tar"), "written").unwrap();
            fs::rename(inside.join("output/tar"), inside.join("output/index")).unwrap();
            assert!(fs::read("/proc/self/uid_map").is_ok());
            let refused = |outcome: std::io::Result<()>| outcome.is_err_and(|cause| cause.kind() == PermissionDenied);
            assert!(!has_landlock || refused(fs::read(inside.join("outside/file")).map(drop)));
            assert!(!has_landlock || refused(fs::write(inside.join("source/new"), "")));
            assert!(!has_landlock || refused(fs::write(inside.join("outside/file"), "")));
            assert!(refused(std::net::TcpListener::bind("127.0.0.1:0").map(drop)));
            assert!(refused(std::os::unix::net::UnixStream::pair().map(drop)));
            assert!(std::process::Command::new("/bin/true").spawn().is_err());
        });
        let outcome = attempts.join();
        fs::remove_dir_all(&room).unwrap();
        outcome.unwrap();
    }
}
