//! The request as it arrives on descriptor 3: sandbox-native/driver/protocol.ts is the other side.
use foundation::failure::Failure;
use foundation::idmap::IdMapping;
use foundation::protocol::PROTOCOL_VERSION;
use foundation::status;
use plain_chroot::RunInTreeRequest;
use sandbox::cgroup::LimitRequest;
use sandbox::exec::ExecRequest;
use sandbox::shared_network::NetworkRequest;
use sandbox::spec::RunRequest;
use sandbox::stored_root::RootSpec;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::os::fd::{BorrowedFd, FromRawFd};
use std::path::PathBuf;
use supervisor::release::ReleaseRequest;
use supervisor::request::SuperviseRequest;
use trees::copy::request::CopyRequest;
use trees::read_files::ReadFilesRequest;
use trees::request as tree;
use trees::secret_scan::ScanSecretsRequest;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// Checked before the rest is read.
    #[serde(rename = "version")]
    _version: u32,
    pub id_mapping: IdMapping,
    pub request: Request,
}

#[derive(Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Request {
    Lock(LockRequest),
    Probe(ProbeRequest),
    Digest(tree::DigestRequest),
    WriteLayer(tree::WriteLayerRequest),
    PackLayer(tree::PackLayerRequest),
    UnpackLayer(tree::UnpackLayerRequest),
    FollowBlob(tree::FollowBlobRequest),
    Flatten(tree::FlattenRequest),
    Advance(tree::AdvanceRequest),
    ReadFiles(ReadFilesRequest),
    ScanSecrets(ScanSecretsRequest),
    Remove(tree::RemoveRequest),
    Diff(tree::DiffRequest),
    Run(Box<RunRequest>),
    RunInTree(Box<RunInTreeRequest>),
    Network(NetworkRequest),
    Supervise(Box<SuperviseRequest>),
    Release(ReleaseRequest),
    Exec(Box<ExecRequest>),
    Copy(Box<CopyRequest<RootSpec>>),
    Limit(Box<LimitRequest>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// Where overlays are tried.
    #[serde(default)]
    pub directory: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockRequest {
    pub mode: LockMode,
    pub try_only: bool,
    /// How many descriptors, from 5 on.
    pub count: u16,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub enum LockMode {
    Shared,
    Exclusive,
}

/// The text is given too, for a copy of this program that is to read it again.
pub fn read() -> Result<(Envelope, String), Failure> {
    // SAFETY: the driver hands descriptor 3 to us alone; nothing else in this process uses it.
    let mut input = unsafe { File::from_raw_fd(3) };
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|cause| Failure::kernel("SANDBOX_REQUEST", "read the request", cause))?;
    parse(&text).map(|envelope| (envelope, text))
}

/// The version comes first: what another version sends may be unreadable otherwise.
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
            format!("Cannot use this binary: it was built from another version of tsbuild (protocol {PROTOCOL_VERSION}, expected {version})"),
        )
        .with_hint("Rebuild binary and program from the same source: npm run build"));
    }
    serde_json::from_str(text).map_err(failed)
}

/// The verb lock.
pub fn lock(request: &LockRequest) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        locked: Vec<bool>,
    }
    let descriptors = FIRST_LOCK..FIRST_LOCK + i32::from(request.count);
    let locked = descriptors.map(|descriptor| lock_descriptor(descriptor, request.mode, request.try_only));
    status::result(Answer { locked: locked.collect::<Result<_, _>>()? });
    Ok(())
}

/// Waits for the lock, before the work of a request that is done under it.
pub fn lock_shared() -> Result<(), Failure> {
    lock_descriptor(FIRST_LOCK, LockMode::Shared, false).map(drop)
}

const FIRST_LOCK: i32 = 5;

/// The lock belongs to the open file description, which the caller keeps.
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
    fn another_version_is_named_whatever_else_it_sends() {
        assert!(parse(&request(PROTOCOL_VERSION)).is_ok());
        for text in [request(1), r#"{"version": 1, "request": {"verb": "of another version"}}"#.to_owned()] {
            assert_eq!(parse(&text).err().map(|failure| failure.code), Some("SANDBOX_VERSION".into()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_damaged_request_is_read_or_refused(
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
