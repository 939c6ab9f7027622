use crate::{CgroupSpec, LivingProcess, Mount, Network, ProcessSpec, Rootfs, Security};
use serde::Deserialize;
use std::path::PathBuf;

/// Runs one command in a new sandbox and waits for it. Statuses: started, then exited or failed.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunRequest {
    pub rootfs: Rootfs,
    pub mounts: Vec<Mount>,
    pub process: ProcessSpec,
    pub hostname: String,
    /// The NIS domain name; /etc/hosts also names the host with it.
    pub domainname: Option<String>,
    pub network: Network,
    /// Ports of the host are forwarded to its network, which must be private.
    #[serde(skip)]
    pub is_published: bool,
    pub cgroup: Option<CgroupSpec>,
    /// Added to the container's /etc/hosts, as `[address, name]`. The address `host-gateway` stands for the host: a private
    /// network then reaches its loopback at that address. Names are omitted if the network does not reach the host.
    #[serde(default)]
    pub extra_hosts: Vec<(String, String)>,
    /// What `host-gateway` stands for in a joined network.
    pub host_gateway: Option<String>,
    /// Content of /etc/resolv.conf; absent: the host's, without loopback resolvers unless network is host.
    pub resolv_conf: Option<String>,
    /// Overrides settings of that file.
    #[serde(default)]
    pub resolver: Resolver,
    #[serde(default)]
    pub security: Security,
    /// Created mount points remain: the root is used again.
    #[serde(default)]
    pub keep_mount_points: bool,
    /// Absent: hosts, hostname and resolv.conf are held in memory.
    pub host_files: Option<HostFileSpec>,
    /// A small init as PID 1 that reaps processes and forwards signals. Default true; if false, or with `pid`, the command
    /// has no init.
    #[serde(default = "yes")]
    pub init: bool,
    /// Size of /dev/shm; default 64 MiB.
    pub shm_size_bytes: Option<u64>,
    #[serde(default)]
    pub ipc: Ipc,
    #[serde(default)]
    pub uts: Uts,
    #[serde(default)]
    pub pid: Processes,
    #[serde(default)]
    pub cgroupns: CgroupView,
    /// Sysctls of network and IPC namespaces as `[name, value]`; refused if the namespace is shared.
    #[serde(default)]
    pub sysctls: Vec<(String, String)>,
    #[serde(default)]
    pub devices: Vec<Device>,
    /// Further device rules, such as `c 10:229 rwm`. Refused without a device cgroup (SANDBOX_CGROUP), as is a device that
    /// is not both readable and writable.
    #[serde(default)]
    pub device_rules: Vec<String>,
    /// Allow opening the host's console, as in docker's containers.
    #[serde(default)]
    pub allows_console: bool,
    /// No masked and no read-only paths.
    #[serde(default)]
    pub unmasked_paths: bool,
    /// Only if IDs are the host's: the command gets a user namespace with these IDs. Layers and bind mounts are ID-mapped,
    /// so that files keep their owners on disk. Absent: the IDs of the host.
    pub users: Option<UserRange>,
}

/// Runs one command in a plain chroot, for containers that allow neither namespaces nor mounts. Its changes are found by
/// comparing the tree with the survey (`changed-tree`). Refused: networks other than the host's, limits, `insecure`,
/// read-only bind mounts, options of tmpfs. Sources of bind mounts are moved into the tree while the command runs: they
/// must be in its filesystem.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunInTreeRequest {
    /// The complete root filesystem, for this command only.
    pub tree: PathBuf,
    /// An empty directory in the same filesystem, for files that are moved aside temporarily.
    pub stash: PathBuf,
    /// `run.rootfs` is ignored.
    pub run: RunRequest,
}

/// Range of host IDs; the first is 0 inside.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UserRange {
    pub uid: u32,
    pub gid: u32,
    pub count: u32,
}

/// Default private.
#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Ipc {
    #[default]
    Private,
    Host,
    /// Private, without /dev/shm.
    None,
    /// Shares the namespace and the /dev/shm of that process.
    Join(LivingProcess),
}

impl Ipc {
    pub fn is_own(self) -> bool {
        matches!(self, Ipc::Private | Ipc::None)
    }
}

/// The PID namespace; default private. The others require a `cgroup`, which kills all processes of the command when its
/// first process ends: SANDBOX_CGROUP if none can do this. Joining includes the user namespace.
#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Processes {
    #[default]
    Private,
    Host,
    Join(LivingProcess),
}

impl Processes {
    /// The kernel then does not end all processes with the first one; the control group does.
    pub fn are_shared(self) -> bool {
        self != Processes::Private
    }
}

/// Default private: the command's group is the root of its hierarchy.
#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CgroupView {
    #[default]
    Private,
    Host,
}

/// Default private; with `host`, the host name is not set.
#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Uts {
    #[default]
    Private,
    Host,
}

/// A device node of the host.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub source: PathBuf,
    pub target: String,
    /// Letters of `rwm`; default all.
    #[serde(default = "all_access")]
    pub access: String,
}

fn all_access() -> String {
    "rwm".into()
}

fn yes() -> bool {
    true
}

/// Settings of /etc/resolv.conf. The search domain `.` means none.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Resolver {
    pub nameservers: Vec<String>,
    pub search: Vec<String>,
    pub options: Vec<String>,
}

/// Directory whose files hosts, hostname and resolv.conf are mounted over those of /etc, writable; they are created anew
/// unless `write` is false.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostFileSpec {
    pub directory: PathBuf,
    pub write: bool,
}

impl RunRequest {
    /// SECURITY: only as PID 1 of a private namespace: it keeps all privileges, and kills all processes it can see.
    pub fn has_init(&self) -> bool {
        self.init && !self.pid.are_shared()
    }

    /// Processes whose namespaces are shared.
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
