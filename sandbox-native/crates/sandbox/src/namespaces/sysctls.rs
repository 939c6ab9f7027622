//! Kernel settings of the command's namespaces.
use foundation::failure::Failure;

const CODE: &str = "SANDBOX_SYSCTL";

/// SPEC: docker run --sysctl; settings of the IPC namespace, in addition to fs.mqueue.*.
const OF_IPC: [&str; 8] = [
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// Namespaces that belong to the command alone.
#[derive(Clone, Copy)]
pub struct Own {
    pub network: bool,
    pub ipc: bool,
}

/// Called inside the namespaces. SECURITY: other settings belong to the host and are refused
/// (test/attack/processes/shared-namespaces.test.ts).
pub fn apply(settings: &[(String, String)], own: Own) -> Result<(), Failure> {
    for (key, value) in settings {
        let path = path_of(key, own).map_err(|found| Failure::new(CODE, format!("Cannot set \"{key}\": {found}")))?;
        std::fs::write(path, value).map_err(|cause| Failure::kernel(CODE, &format!("set \"{key}\" to \"{value}\""), cause))?;
    }
    Ok(())
}

fn path_of(key: &str, own: Own) -> Result<String, &'static str> {
    let is_name =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !key.split('.').all(is_name) {
        return Err("not the name of a setting (expected one such as net.ipv4.ip_forward)");
    }
    if key.starts_with("net.") {
        if !own.network {
            return Err("the network is not the container's own");
        }
    } else if key.starts_with("fs.mqueue.") || OF_IPC.contains(&key) {
        if !own.ipc {
            return Err("the IPC namespace is not the container's own");
        }
    } else {
        return Err("it applies to the whole machine");
    }
    Ok(format!("/proc/sys/{}", key.replace('.', "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Own = Own { network: true, ipc: true };

    #[test]
    fn only_settings_of_own_namespaces_have_a_path() {
        assert_eq!(path_of("net.ipv4.ip_forward", BOTH).unwrap(), "/proc/sys/net/ipv4/ip_forward");
        assert_eq!(path_of("kernel.sem", Own { network: false, ..BOTH }).unwrap(), "/proc/sys/kernel/sem");
        for key in [
            "kernel.core_pattern", "kernel.shm", "fs.mqueue", "net", "net..", "net.../kernel/core_pattern",
            "net.ipv4/../../kernel/panic", "vm.swappiness", "",
        ] {
            assert!(path_of(key, BOTH).is_err(), "{key}");
        }
        assert!(path_of("net.ipv4.ip_forward", Own { network: false, ..BOTH }).is_err());
        assert!(path_of("fs.mqueue.msg_max", Own { ipc: false, ..BOTH }).is_err());
    }
}
