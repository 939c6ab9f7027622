//! Resource limits by name.
use foundation::failure::Failure;
use protocol::Rlimit;
use rustix::process::{Resource, getrlimit, setrlimit};

const CODE: &str = "SANDBOX_LIMIT";

const NAMES: [(&str, Resource); 16] = [
    ("as", Resource::As),
    ("core", Resource::Core),
    ("cpu", Resource::Cpu),
    ("data", Resource::Data),
    ("fsize", Resource::Fsize),
    ("locks", Resource::Locks),
    ("memlock", Resource::Memlock),
    ("msgqueue", Resource::Msgqueue),
    ("nice", Resource::Nice),
    ("nofile", Resource::Nofile),
    ("nproc", Resource::Nproc),
    ("rss", Resource::Rss),
    ("rtprio", Resource::Rtprio),
    ("rttime", Resource::Rttime),
    ("sigpending", Resource::Sigpending),
    ("stack", Resource::Stack),
];

/// Names as in Docker (`nofile`) or the kernel (`RLIMIT_NOFILE`); -1 means no limit.
pub fn apply(limits: &[Rlimit]) -> Result<(), Failure> {
    for limit in limits {
        let lower = limit.name.to_ascii_lowercase();
        let short = lower.strip_prefix("rlimit_").unwrap_or(&lower);
        let Some((_, resource)) = NAMES.iter().find(|(name, _)| *name == short) else {
            return Err(Failure::new(CODE, format!("Cannot set the limit \"{}\": unknown limit", limit.name)));
        };
        let wanted = rustix::process::Rlimit { current: bound(limit.soft), maximum: bound(limit.hard) };
        setrlimit(*resource, wanted)
            .map_err(|errno| Failure::kernel(CODE, &format!("set the limit \"{}\"", limit.name), errno))?;
    }
    Ok(())
}

/// Each layer needs a descriptor while the layers are mounted.
pub fn raise_descriptors() -> rustix::process::Rlimit {
    let before = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: before.maximum, maximum: before.maximum };
    let _ = setrlimit(Resource::Nofile, raised); // if it remains low, opening the layers fails
    before
}

pub fn restore_descriptors(before: rustix::process::Rlimit) {
    let _ = setrlimit(Resource::Nofile, before); // lowering is always allowed
}

fn bound(number: i64) -> Option<u64> {
    u64::try_from(number).ok()
}
