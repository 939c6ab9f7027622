use crate::{PortRequest, RunRequest};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Starts a command and supervises it: keeps its log and state in files, serves `attach.sock`, forwards ports. Statuses:
/// started or failed; then descriptor 4 is closed and the process lives as long as the command.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuperviseRequest {
    /// Existing directory in which state.json, log.json, lock and attach.sock are created.
    pub directory: PathBuf,
    /// With `process.terminal` the command gets a private terminal, whose master the supervisor holds.
    pub run: RunRequest,
    pub open_stdin: bool,
    /// Close the command's stdin when the client that is connected to it ends it or disconnects.
    pub stdin_once: bool,
    /// Descriptor 5 is the connection of the first client.
    pub attached: bool,
    pub ports: Vec<PortRequest>,
    /// Absent: the output is not stored.
    pub log: Option<LogLimits>,
    /// Sent to the command on SIGTERM to the supervisor.
    pub stop_signal: i32,
    /// 4294967295 waits forever.
    pub stop_timeout_ms: u32,
    pub restart: RestartPolicy,
    pub health: Option<HealthRequest>,
    /// Where start, kill, oom, die, destroy, pauses for a client and changes of health are reported.
    pub events: EventLog,
    /// Removed when the command is not restarted any more: `directory` with its content, links that still point to its
    /// name, and directories that no config.json in its directory names.
    pub remove_afterwards: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogLimits {
    pub max_size_bytes: Option<u64>,
    pub max_files: u32,
}

#[derive(Deserialize, Clone, Copy, Debug, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "name", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum RestartPolicy {
    No,
    Always,
    UnlessStopped,
    OnFailure { maximum_retries: Option<u32> },
}

impl RestartPolicy {
    pub fn needs_restart(self, exit_code: i32, restarts_so_far: u32) -> bool {
        match self {
            RestartPolicy::No => false,
            RestartPolicy::Always | RestartPolicy::UnlessStopped => true,
            RestartPolicy::OnFailure { maximum_retries } => {
                exit_code != 0 && maximum_retries.is_none_or(|most| restarts_so_far < most)
            }
        }
    }
}

/// The store's event log (docs/events.md), and the fixed part of each record.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventLog {
    pub directory: PathBuf,
    pub id: String,
    pub attributes: BTreeMap<String, String>,
    /// Volumes that are mounted while the command runs.
    #[serde(default)]
    pub volumes: Vec<MountedVolume>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MountedVolume {
    pub name: String,
    pub destination: String,
    pub read_only: bool,
}

/// A command that is run at intervals, as `exec` does: exit code 0 means healthy.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthRequest {
    /// Forwarded to `exec`, which parses it.
    #[cfg_attr(test, schemars(with = "crate::ProcessSpec"))]
    pub process: serde_json::Value,
    /// Forwarded to `exec`, which parses it.
    #[cfg_attr(test, schemars(with = "crate::Security"))]
    pub security: serde_json::Value,
    /// From the end of one check to the start of the next. Checks stop while the command is paused.
    pub interval_ms: u64,
    pub timeout_ms: u64,
    /// Reported as the output of a check that exceeds `timeoutMs`, followed by what it has printed.
    pub timeout_message: String,
    /// Failures within this time after the start do not count, until a check has succeeded.
    pub start_period_ms: u64,
    /// Replaces `intervalMs` during that time.
    pub start_interval_ms: u64,
    /// Consecutive failures until the command is unhealthy.
    pub retries: u32,
}

#[cfg(test)]
mod tests {
    use super::RestartPolicy;

    #[test]
    fn on_failure_restarts_failures_up_to_its_limit() {
        let policy = RestartPolicy::OnFailure { maximum_retries: Some(2) };
        assert!(policy.needs_restart(1, 0) && policy.needs_restart(1, 1));
        assert!(!policy.needs_restart(1, 2) && !policy.needs_restart(0, 0));
        assert!(RestartPolicy::Always.needs_restart(0, 99) && !RestartPolicy::No.needs_restart(1, 0));
    }
}
