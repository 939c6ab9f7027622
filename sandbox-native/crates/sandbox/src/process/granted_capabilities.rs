//! Which capabilities a command is granted.
use confinement::capabilities::{Granted, NAMES, bit};
use foundation::failure::Failure;
use protocol::{ProcessSpec, Security};

/// Docker's default capabilities.
const DEFAULT: [&str; 14] = [
    "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
    "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
];

/// `guards_devices`: a control group controls which devices may be opened.
pub fn granted(process: &ProcessSpec, security: Security, guards_devices: bool) -> Result<Granted, Failure> {
    let all = (1u64 << NAMES.len()) - 1;
    let mut bits = match security {
        Security::Insecure => all,
        Security::Default => DEFAULT.iter().try_fold(0, |bits, name| bit(name).map(|bit| bits | bit))?,
    };
    // SECURITY: mounts that the host adds later appear inside with the host's attributes, therefore a device node that is
    // created there could be opened (test/attack/mounts/tied-mounts.test.ts).
    if process.sees_host_mounts && security == Security::Default && !guards_devices {
        bits &= !bit("MKNOD")?;
    }
    if process.add_capabilities.iter().any(|name| is_all(name)) {
        bits = all;
    }
    if process.drop_capabilities.iter().any(|name| is_all(name)) {
        bits = 0;
    }
    for name in process.add_capabilities.iter().filter(|name| !is_all(name)) {
        bits |= bit(name)?;
    }
    for name in process.drop_capabilities.iter().filter(|name| !is_all(name)) {
        bits &= !bit(name)?;
    }
    Ok(Granted(bits))
}

fn is_all(name: &str) -> bool {
    name.eq_ignore_ascii_case("ALL") || name.eq_ignore_ascii_case("CAP_ALL")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(add: &[&str], drop: &[&str]) -> ProcessSpec {
        serde_json::from_value(serde_json::json!({
            "argv": [], "env": [], "cwd": "/", "user": "", "addCapabilities": add, "dropCapabilities": drop,
        }))
        .unwrap()
    }

    #[test]
    fn granted_starts_from_dockers_default_set() {
        assert_eq!(granted(&process(&[], &[]), Security::Default, false).unwrap(), Granted(0xa80425fb));
    }

    #[test]
    fn granted_drops_all_but_those_added_by_name() {
        let set = granted(&process(&["cap_net_admin"], &["ALL"]), Security::Default, false).unwrap();
        assert_eq!(set, Granted(1 << 12));
        assert!(granted(&process(&["FLY"], &[]), Security::Default, false).is_err());
    }
}
