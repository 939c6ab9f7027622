//! Capability sets by name, and dropping the capabilities that are not granted.
use foundation::failure::Failure;
use rustix::io::Errno;
use rustix::thread::{CapabilitiesSecureBits, CapabilitySet, CapabilitySets};

const CODE: &str = "SANDBOX_CAPABILITY";

/// Ordered by capability number.
pub const NAMES: [&str; 41] = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
    "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
    "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
];

/// A bit for each granted capability.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Granted(pub u64);

impl Granted {
    pub fn has(self, name: &str) -> bool {
        NAMES.iter().position(|known| *known == name).is_some_and(|number| self.0 >> number & 1 == 1)
    }
}

/// Ignores names that are not in NAMES.
pub fn of(names: &[&str]) -> Granted {
    let is_wanted = |name| names.contains(name);
    Granted(NAMES.iter().enumerate().filter(|(_, name)| is_wanted(name)).fold(0, |bits, (number, _)| bits | 1 << number))
}

/// Drops all other capabilities from the bounding set: no executed program can regain them.
pub fn limit_bounding_set(granted: Granted) -> Result<(), Failure> {
    try_limit_bounding_set(granted).map_err(|errno| Failure::kernel(CODE, "drop capabilities", errno))
}

/// Like `limit_bounding_set`, but without allocations: it may be called between fork and exec.
pub fn try_limit_bounding_set(granted: Granted) -> Result<(), Errno> {
    for number in withheld(granted) {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            Ok(()) | Err(Errno::INVAL) => {} // this kernel does not know it
            // Without SETPCAP the kernel refuses to drop even what the surrounding container has dropped already, or what it does not know.
            Err(Errno::PERM) if rustix::thread::capability_is_in_bounding_set(capability) != Ok(true) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// SECURITY: includes numbers without a name here: a newer kernel may give them a meaning.
fn withheld(granted: Granted) -> impl Iterator<Item = u32> {
    (0..u64::BITS).filter(move |number| granted.0 >> number & 1 == 0)
}

/// For root; other users lose all capabilities when their ID changes.
pub fn limit(granted: Granted) -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "set the capabilities", errno);
    let own = rustix::thread::capabilities(None).map_err(failed)?.permitted;
    let kept = own & CapabilitySet::from_bits_retain(granted.0);
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets).map_err(failed)
}

/// For a process that keeps user ID 0: no capabilities now, and none after an exec.
pub fn limit_to_none() -> Result<(), Failure> {
    let failed = |errno| Failure::kernel(CODE, "give up the capabilities", errno);
    let bits = CapabilitiesSecureBits::NO_ROOT | CapabilitiesSecureBits::NO_ROOT_LOCKED;
    rustix::thread::set_capabilities_secure_bits(bits).map_err(failed)?;
    limit(Granted(0))
}

/// With or without `CAP_`, in any case.
pub fn bit(name: &str) -> Result<u64, Failure> {
    let upper = name.to_ascii_uppercase();
    let short = upper.strip_prefix("CAP_").unwrap_or(&upper);
    let number = NAMES.iter().position(|known| *known == short);
    number.map(|number| 1 << number).ok_or_else(|| {
        Failure::new(CODE, format!("Cannot grant the capability \"{name}\": unknown capability"))
            .with_hint("Use a name of capabilities(7), such as NET_ADMIN")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withheld_includes_capabilities_without_a_name() {
        assert_eq!(withheld(Granted((1 << 41) - 1)).collect::<Vec<_>>(), (41..64).collect::<Vec<_>>());
    }

    #[test]
    fn of_returns_the_bits_of_the_names() {
        assert_eq!(of(&["CHOWN", "NET_ADMIN"]), Granted(1 | 1 << 12));
    }
}
