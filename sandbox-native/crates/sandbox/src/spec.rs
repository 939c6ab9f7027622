//! What is to be run, as the request says it. Meanings are in driver/protocol.ts.
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunRequest {
    pub rootfs: Rootfs,
    pub mounts: Vec<Mount>,
    pub process: ProcessSpec,
    pub hostname: String,
    pub network: Network,
    /// Ports of the host lead into its network, which then must be its own.
    #[serde(skip)]
    pub is_published: bool,
    pub cgroup: Option<CgroupSpec>,
    #[serde(default)]
    pub extra_hosts: Vec<(String, String)>,
    pub host_gateway: Option<String>,
    pub resolv_conf: Option<String>,
    #[serde(default)]
    pub resolver: Resolver,
    #[serde(default)]
    pub security: Security,
    #[serde(default)]
    pub keep_mount_points: bool,
    pub host_files: Option<HostFileSpec>,
    #[serde(default = "yes")]
    pub init: bool,
    pub shm_size_bytes: Option<u64>,
    #[serde(default)]
    pub ipc: Ipc,
    #[serde(default)]
    pub uts: Uts,
    #[serde(default)]
    pub pid: Processes,
    #[serde(default)]
    pub cgroupns: CgroupView,
    #[serde(default)]
    pub sysctls: Vec<(String, String)>,
    #[serde(default)]
    pub devices: Vec<Device>,
    #[serde(default)]
    pub device_rules: Vec<String>,
    #[serde(default)]
    pub allows_console: bool,
    /// Nothing of /proc and /sys is hidden, nor made read-only.
    #[serde(default)]
    pub unmasked_paths: bool,
    /// Absent: the ids of the host.
    pub users: Option<UserRange>,
}

/// Ids of the host that are 0 and those that follow inside.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct UserRange {
    pub uid: u32,
    pub gid: u32,
    pub count: u32,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Ipc {
    #[default]
    Private,
    Host,
    /// Of its own, without /dev/shm.
    None,
    /// With the /dev/shm that is mounted there.
    Join(Joined),
}

impl Ipc {
    pub fn is_own(self) -> bool {
        matches!(self, Ipc::Private | Ipc::None)
    }
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Processes {
    #[default]
    Private,
    Host,
    Join(Joined),
}

impl Processes {
    /// The end of the first process is then not the end of all others: its control group is.
    pub fn are_shared(self) -> bool {
        self != Processes::Private
    }
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum CgroupView {
    /// Its own group is the first.
    #[default]
    Private,
    Host,
}

/// The process whose namespace is shared. The start time tells that it is still the same one.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Joined {
    pub pid: i32,
    pub start_ticks: u64,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Uts {
    #[default]
    Private,
    Host,
}

/// A node of the host.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub source: PathBuf,
    pub target: String,
    /// Letters `rwm`.
    #[serde(default = "every_way")]
    pub access: String,
}

fn every_way() -> String {
    "rwm".into()
}

/// Whether what is mounted below the source later shows on the other side. SPEC: mount_namespaces(7)
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Propagation {
    Shared,
    RShared,
    Slave,
    RSlave,
}

fn yes() -> bool {
    true
}

/// What is said here takes the place of what the host's file says of it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Resolver {
    pub nameservers: Vec<String>,
    pub search: Vec<String>,
    pub options: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostFileSpec {
    pub directory: PathBuf,
    pub write: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rootfs {
    pub lowers: Vec<PathBuf>,
    pub upper: Option<PathBuf>,
    pub work: Option<PathBuf>,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub volatile: bool,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Mount {
    Bind {
        source: PathBuf,
        /// What of the source is mounted.
        #[serde(default)]
        subpath: String,
        target: String,
        #[serde(default)]
        read_only: bool,
        #[serde(default)]
        recursive: bool,
        propagation: Option<Propagation>,
        /// In a user namespace its files are those of the host's users, not of the users inside.
        #[serde(default)]
        host_owners: bool,
    },
    File {
        target: String,
        content_base64: String,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    /// A socket that the caller has made for this command alone: it is given this owner and mode.
    Socket {
        source: PathBuf,
        target: String,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    /// Read in the order given, a line end behind each.
    JoinedFiles {
        target: String,
        sources: Vec<PathBuf>,
        mode: u32,
    },
    Tmpfs {
        target: String,
        /// Of the filesystem: `size`, `mode`, `uid`, … SPEC: tmpfs(5)
        #[serde(default)]
        options: Vec<(String, String)>,
        /// Of the mount.
        #[serde(default)]
        flags: Vec<TmpfsFlag>,
    },
    Overlay {
        lowers: Vec<PathBuf>,
        subpath: String,
        target: String,
        upper: Option<PathBuf>,
        work: Option<PathBuf>,
    },
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum TmpfsFlag {
    Ro,
    NoExec,
    Suid,
    /// Where a control group says which may be opened.
    Dev,
    Sync,
    DirSync,
    NoAtime,
    NoDiratime,
    StrictAtime,
}

impl RunRequest {
    /// SECURITY: only as pid 1 of its own namespace: it keeps all rights, and kills all that it sees.
    pub fn has_init(&self) -> bool {
        self.init && !self.pid.are_shared()
    }

    /// Processes whose namespaces are to be shared.
    pub fn joined(&self) -> Vec<i32> {
        let processes = match self.pid {
            Processes::Join(joined) => Some(joined.pid),
            _ => None,
        };
        let memory = match self.ipc {
            Ipc::Join(joined) => Some(joined.pid),
            _ => None,
        };
        [self.network.joined(), processes, memory].into_iter().flatten().collect()
    }
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProcessSpec {
    pub argv: Vec<String>,
    pub env: Vec<String>,
    pub cwd: String,
    pub user: String,
    /// A working directory that has to be made is the user's, as for steps of docker build; else root's.
    #[serde(default)]
    pub owns_new_cwd: bool,
    #[serde(default)]
    pub terminal: bool,
    #[serde(default)]
    pub add_capabilities: Vec<String>,
    #[serde(default)]
    pub drop_capabilities: Vec<String>,
    /// What the host mounts later shows inside: without a control group of devices MKNOD has to be added by name.
    #[serde(default)]
    pub sees_host_mounts: bool,
    #[serde(default)]
    pub no_new_privileges: bool,
    #[serde(default)]
    pub rlimits: Vec<Rlimit>,
    /// Names or numbers, besides those of the user.
    #[serde(default)]
    pub groups: Vec<String>,
    pub oom_score_adj: Option<i32>,
    /// No filter of system calls.
    #[serde(default)]
    pub unfiltered: bool,
    /// Docker's document of a filter, which takes the place of its default one.
    pub seccomp_profile: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rlimit {
    pub name: String,
    pub soft: i64,
    pub hard: i64,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Network {
    None,
    Host,
    Private,
    Join { pid: i32, start_ticks: u64 },
}

impl Network {
    /// The process whose namespace is to be joined.
    pub fn joined(self) -> Option<i32> {
        match self {
            Network::Join { pid, .. } => Some(pid),
            _ => None,
        }
    }
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CgroupSpec {
    pub name: String,
    #[serde(default)]
    pub devices_only: bool,
    pub parent: Option<String>,
    pub memory_bytes: Option<u64>,
    pub memory_reservation_bytes: Option<u64>,
    pub memory_swap_bytes: Option<i64>,
    pub cpus: Option<f64>,
    pub cpu_period_us: Option<u64>,
    pub cpu_shares: Option<u64>,
    pub cpuset_cpus: Option<String>,
    pub cpuset_mems: Option<String>,
    pub pids_max: Option<i64>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    #[default]
    Default,
    Insecure,
}
