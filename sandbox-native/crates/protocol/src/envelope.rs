use crate::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// `PROTOCOL_VERSION` of the driver.
    pub version: u32,
    pub id_mapping: IdMapping,
    pub request: Request,
}

/// How user and group IDs inside are mapped to those of the host.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum IdMapping {
    /// IDs are the host's: the caller is root.
    Host,
    /// The caller's ID becomes 0, the subordinate ranges follow from 1, set by newuidmap and newgidmap.
    Subordinate { uid_ranges: Vec<IdRange>, gid_ranges: Vec<IdRange> },
    /// Only the caller's ID, mapped to 0.
    Single,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IdRange {
    pub start: u32,
    pub count: u32,
}

/// Each process handles one request.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Request {
    Lock(LockRequest),
    Probe(ProbeRequest),
    Digest(DigestRequest),
    WriteLayer(WriteLayerRequest),
    PackLayer(PackLayerRequest),
    Uncompress(UncompressRequest),
    UnpackLayer(UnpackLayerRequest),
    FollowBlob(FollowBlobRequest),
    ReceiveBytes(ReceiveBytesRequest),
    Flatten(FlattenRequest),
    Advance(AdvanceRequest),
    ListFiles(ListFilesRequest),
    ReadFiles(ReadFilesRequest),
    ScanSecrets(ScanSecretsRequest),
    Remove(RemoveRequest),
    Diff(DiffRequest),
    Run(Box<RunRequest>),
    RunInTree(Box<RunInTreeRequest>),
    Network(NetworkRequest),
    Supervise(Box<SuperviseRequest>),
    Release(ReleaseRequest),
    Exec(Box<ExecRequest>),
    Copy(Box<CopyRequest>),
    Limit(Box<LimitRequest>),
}
