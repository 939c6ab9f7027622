use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize, Debug, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CgroupSpec {
    /// Unique name, created below the caller's delegated cgroup (or `tsbuild` at the top for root) and removed afterwards.
    pub name: String,
    /// Sets no limits: the group only controls which devices may be opened, where this user can create one.
    #[serde(default)]
    pub devices_only: bool,
    /// Existing directory from the top of the hierarchies to create it in instead, such as `/builds`.
    pub parent: Option<String>,
    pub memory_bytes: Option<u64>,
    pub memory_reservation_bytes: Option<u64>,
    pub memory_swap_bytes: Option<i64>,
    pub cpus: Option<f64>,
    /// Period over which `cpus` is counted; default 100,000.
    pub cpu_period_us: Option<u64>,
    pub cpu_shares: Option<u64>,
    pub cpuset_cpus: Option<String>,
    pub cpuset_mems: Option<String>,
    pub pids_max: Option<i64>,
}

/// Changes the limits of a running command; limits that are absent stay.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LimitRequest {
    /// Directories, as in state.json.
    pub cgroup: Vec<PathBuf>,
    pub limits: CgroupSpec,
}

/// Removes what is left of commands whose supervisors were killed: their first processes with all others, processes in
/// their cgroups, and the cgroups.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseRequest {
    pub containers: Vec<AbandonedContainer>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbandonedContainer {
    /// Directories, as in state.json. Processes in them are killed.
    pub cgroup: Vec<PathBuf>,
    /// The first process, if it has outlived its supervisor. All others end with it.
    pub process: Option<LivingProcess>,
}

/// A process, distinguished from a later one with the same number by its start.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LivingProcess {
    pub pid: i32,
    /// Clock ticks since boot.
    pub start_ticks: u64,
}
