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
    // created there could be opened (test/attack/mounts/propagated-mounts.test.ts).
    if process.sees_host_mounts && security == Security::Default && !guards_devices {
        bits &= !bit("MKNOD")?;
    }
    // SPEC: moby oci/caps, TweakCapabilities: what is added by name is granted, even if it is also dropped.
    let (added, dropped) = (named(&process.add_capabilities)?, named(&process.drop_capabilities)?);
    if process.add_capabilities.iter().any(|name| is_all(name)) {
        return Ok(Granted(all & !dropped));
    }
    if process.drop_capabilities.iter().any(|name| is_all(name)) {
        bits = 0;
    }
    Ok(Granted(bits & !dropped | added))
}

fn named(names: &[String]) -> Result<u64, Failure> {
    names.iter().filter(|name| !is_all(name)).try_fold(0, |bits, name| bit(name).map(|bit| bits | bit))
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

    #[test]
    fn granted_prefers_what_is_added() {
        let set = |add: &[&str], drop: &[&str]| granted(&process(add, drop), Security::Default, false).unwrap().0;
        let all = (1u64 << NAMES.len()) - 1;
        assert_eq!(set(&["NET_RAW"], &["NET_RAW"]), 0xa80425fb);
        assert_eq!(set(&["CHOWN"], &["ALL", "CHOWN"]), 1);
        assert_eq!(set(&["ALL"], &["ALL"]), all);
        assert_eq!(set(&["ALL", "CHOWN"], &["CHOWN"]), all & !1);
    }
}
