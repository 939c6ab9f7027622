use crate::{EventLog, ProcessSpec, Security};
use serde::Deserialize;
use std::path::PathBuf;

/// Runs a further command in the sandbox of a supervised one: in the namespaces, root and limits of its first process.
/// Statuses as for `run`.
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
    /// Report `started` and stay with the command even if no process reads the statuses; no further status follows.
    #[serde(default)]
    pub detached: bool,
    /// Keys that, typed on a terminal, detach from the command, which keeps running: `exited` then reports this.
    pub detach_keys: Option<Vec<u8>>,
    /// Where `exec_die` is reported for a command whose caller has exited (docs/events.md).
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
