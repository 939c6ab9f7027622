//! The request, read from descriptor 3: sandbox-native/driver/call-binary.ts is the other side.
use foundation::failure::Failure;
use foundation::status;
use protocol::{Envelope, LockMode, LockRequest, LockResult, PROTOCOL_VERSION};
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::os::fd::{BorrowedFd, FromRawFd};

/// Also returns the text, for a copy of this program that reads it again.
pub fn read() -> Result<(Envelope, String), Failure> {
    // SAFETY: the driver passes descriptor 3 to us alone; nothing else in this process uses it.
    let mut input = unsafe { File::from_raw_fd(3) };
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|cause| Failure::kernel("SANDBOX_REQUEST", "read the request", cause))?;
    parse(&text).map(|envelope| (envelope, text))
}

/// Checks the version first: a request of another version may not be parseable.
fn parse(text: &str) -> Result<Envelope, Failure> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let failed = |cause| Failure::new("SANDBOX_REQUEST", format!("Cannot read the request: {cause}"));
    let Versioned { version } = serde_json::from_str(text).map_err(failed)?;
    if version != PROTOCOL_VERSION {
        return Err(Failure::new(
            "SANDBOX_VERSION",
            format!(
                "Cannot use this binary: built from another version of tsbuild (protocol {PROTOCOL_VERSION}, expected {version})"
            ),
        )
        .with_hint("Rebuild binary and program from the same source: npm run build"));
    }
    serde_json::from_str(text).map_err(failed)
}

/// The verb lock.
pub fn lock(request: &LockRequest) -> Result<(), Failure> {
    let descriptors = FIRST_LOCK..FIRST_LOCK + i32::from(request.count);
    let locked = descriptors.map(|descriptor| lock_descriptor(descriptor, request.mode, request.try_only));
    status::result(LockResult { locked: locked.collect::<Result<_, _>>()? });
    Ok(())
}

/// Waits for the lock that protects the work of a request.
pub fn lock_shared() -> Result<(), Failure> {
    lock_descriptor(FIRST_LOCK, LockMode::Shared, false).map(drop)
}

const FIRST_LOCK: i32 = 5;

/// The lock belongs to the open file description, which the caller holds.
fn lock_descriptor(descriptor: i32, mode: LockMode, try_only: bool) -> Result<bool, Failure> {
    use rustix::fs::{FlockOperation, flock};
    let operation = match (mode, try_only) {
        (LockMode::Shared, false) => FlockOperation::LockShared,
        (LockMode::Shared, true) => FlockOperation::NonBlockingLockShared,
        (LockMode::Exclusive, false) => FlockOperation::LockExclusive,
        (LockMode::Exclusive, true) => FlockOperation::NonBlockingLockExclusive,
    };
    // SAFETY: the driver passes the files as descriptors from 5 on, and they stay open for the life of this process.
    let file = unsafe { BorrowedFd::borrow_raw(descriptor) };
    loop {
        match flock(file, operation) {
            Ok(()) => break Ok(true),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => break Ok(false),
            Err(errno) => break Err(Failure::kernel("SANDBOX_LOCK", "lock the file", errno)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(version: u32) -> String {
        let request = serde_json::json!({
            "verb": "run", "rootfs": { "lowers": ["/a"] }, "hostname": "h", "network": { "kind": "private" },
            "mounts": [{ "kind": "bind", "source": "/a", "target": "/b", "hostOwners": true }],
            "process": { "argv": ["true"], "env": ["A=b"], "cwd": "/", "user": "0:0" },
            "users": { "uid": 1, "gid": 2, "count": 3 },
        });
        serde_json::json!({ "version": version, "idMapping": { "kind": "host" }, "request": request }).to_string()
    }

    #[test]
    fn a_request_of_another_version_is_refused_whatever_its_content() {
        assert!(parse(&request(PROTOCOL_VERSION)).is_ok());
        for text in [request(1), r#"{"version": 1, "request": {"verb": "of another version"}}"#.to_owned()] {
            assert_eq!(parse(&text).err().map(|failure| failure.code), Some("SANDBOX_VERSION".into()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_damaged_request_is_parsed_or_refused(
            damages in prop::collection::vec((any::<prop::sample::Index>(), " |[0-9]|[a-z]|[\\[\\]{}\",:\\-.]"), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut text: Vec<char> = request(PROTOCOL_VERSION).chars().collect();
            for (at, letters) in &damages {
                let at = at.index(text.len());
                text[at] = letters.chars().next().unwrap_or('x');
            }
            text.truncate(1 + cut.index(text.len()));
            let refused = parse(&text.into_iter().collect::<String>()).err();
            prop_assert!(refused.is_none_or(|failure| failure.code.starts_with("SANDBOX_")));
        }
    }
}
