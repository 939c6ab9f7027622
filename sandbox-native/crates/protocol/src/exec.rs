use crate::{EventLog, ProcessSpec, Security};
use serde::Deserialize;
use std::path::PathBuf;

/// Runs a further command next to the first process of a supervised one: in its namespaces, on its root, under its
/// limits. Statuses as for `run`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecRequest {
    /// The first process, in this process's PID namespace.
    pub pid: i32,
    /// Clock ticks since boot at which that process started: it must still be the same one.
    pub start_ticks: u64,
    /// Directories of its cgroup, as in state.json.
    pub cgroup: Vec<PathBuf>,
    pub process: ProcessSpec,
    #[serde(default)]
    pub security: Security,
    /// Report `started` and stay with the command even if the statuses are not read; no further status follows.
    #[serde(default)]
    pub detached: bool,
    /// Keys that, typed on a terminal, leave the command running: `exited` then reports that it is detached.
    pub detach_keys: Option<Vec<u8>>,
    /// Where `exec_die` is reported for a command whose caller has left (docs/events.md).
    pub end_event: Option<ExecEndEvent>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecEndEvent {
    pub log: EventLog,
    #[serde(rename = "execID")]
    pub exec_id: String,
}
