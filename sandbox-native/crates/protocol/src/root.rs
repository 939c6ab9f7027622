use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rootfs {
    /// A complete tree for this command alone, if no overlay can be mounted: the command changes it directly. Excludes the
    /// directories of an overlay.
    pub tree: Option<PathBuf>,
    /// Overlay directories, top first. Any number is supported (short paths, `lowerdir+`).
    #[serde(default)]
    pub lowers: Vec<PathBuf>,
    /// Absent: the root is mounted read-only with no upper.
    pub upper: Option<PathBuf>,
    pub work: Option<PathBuf>,
    #[serde(default)]
    pub read_only: bool,
    /// The upper is not flushed to disk when the command ends: much faster, for trees that are rebuilt after a power
    /// failure. The work directory can then be used by one command only.
    #[serde(default)]
    pub volatile: bool,
}

/// The root of a command, for reading or changing its files from outside.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum RootSpec {
    /// As the process sees it, with all its mounts.
    Process { pid: i32, start_ticks: u64 },
    /// Mounted for this request only.
    Layers { rootfs: Rootfs, mounts: Vec<Mount> },
}

impl RootSpec {
    /// The process whose user namespace has privileges on the root.
    pub fn process(&self) -> Option<i32> {
        match self {
            RootSpec::Process { pid, .. } => Some(*pid),
            RootSpec::Layers { .. } => None,
        }
    }
}

/// Mounted in order, targets resolved beneath the new root. Created mount points are removed afterwards and never remain in
/// the upper directory.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Mount {
    Bind {
        source: PathBuf,
        /// Path within the source to mount; links in it stay within the source.
        #[serde(default)]
        subpath: String,
        target: String,
        #[serde(default)]
        read_only: bool,
        #[serde(default)]
        recursive: bool,
        /// Absent: mounts are not propagated in either direction. SPEC: mount_namespaces(7)
        propagation: Option<Propagation>,
        /// With `users`: IDs are not mapped, files keep the owners of the host.
        #[serde(default)]
        host_owners: bool,
    },
    /// A file with the given content, held in memory (secrets, hosts, CA bundles).
    File { target: String, content_base64: String, mode: u32, uid: u32, gid: u32 },
    /// A socket that the caller has created for this command only; its owner and mode are set.
    Socket { source: PathBuf, target: String, mode: u32, uid: u32, gid: u32 },
    /// Files of the host, concatenated with a newline after each, held in memory. Owned by root.
    JoinedFiles { target: String, sources: Vec<PathBuf>, mode: u32 },
    Tmpfs {
        target: String,
        /// Options of the filesystem, SPEC: tmpfs(5): size, mode, uid, …; the default mode is that of the directory there,
        /// or 1777.
        #[serde(default)]
        options: Vec<(String, String)>,
        /// Flags of the mount.
        #[serde(default)]
        flags: Vec<TmpfsFlag>,
    },
    /// A tree of layers, read-only or with a temporary upper directory; `subpath` within it.
    Overlay { lowers: Vec<PathBuf>, subpath: String, target: String, upper: Option<PathBuf>, work: Option<PathBuf> },
}

impl Mount {
    pub fn target(&self) -> &str {
        match self {
            Mount::Bind { target, .. }
            | Mount::File { target, .. }
            | Mount::Socket { target, .. }
            | Mount::JoinedFiles { target, .. }
            | Mount::Tmpfs { target, .. }
            | Mount::Overlay { target, .. } => target,
        }
    }
}

/// Whether mounts below the source later appear on the other side. SPEC: mount_namespaces(7)
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Propagation {
    Shared,
    RShared,
    Slave,
    RSlave,
}

/// `dev` requires a cgroup that controls devices, or that other mounts expose devices as well.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TmpfsFlag {
    Ro,
    NoExec,
    Suid,
    Dev,
    Sync,
    DirSync,
    NoAtime,
    NoDiratime,
    StrictAtime,
}
