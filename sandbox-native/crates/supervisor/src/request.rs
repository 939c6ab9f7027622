//! What starting a container takes: sandbox-native/driver/protocol.ts is the other side.
use crate::ports::PortRequest;
use foundation::events::EventLog;
use sandbox::spec::{CgroupSpec, RunRequest};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuperviseRequest {
    /// The container's own: state.json, log.json, lock and attach.sock are made here.
    pub directory: PathBuf,
    pub run: RunRequest,
    #[serde(default)]
    pub open_stdin: bool,
    /// Close the container's stdin when the client that feeds it goes away.
    #[serde(default)]
    pub stdin_once: bool,
    /// Descriptor 5 is the connection of the first client.
    #[serde(default)]
    pub attached: bool,
    #[serde(default)]
    pub ports: Vec<PortRequest>,
    /// Nothing is kept without.
    pub log: Option<LogLimits>,
    pub stop_signal: i32,
    pub stop_timeout_ms: u32,
    pub restart: RestartPolicy,
    pub health: Option<HealthRequest>,
    pub events: EventLog,
    /// Removed with all they hold when the container has ended for good (`--rm`).
    #[serde(default)]
    pub remove_afterwards: Vec<PathBuf>,
}

/// A command that tells by its exit code whether the container is well.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthRequest {
    /// These two as `exec` takes them, which reads them.
    pub process: serde_json::Value,
    pub security: serde_json::Value,
    pub interval_ms: u64,
    pub timeout_ms: u64,
    /// Failures so soon after the start do not count.
    pub start_period_ms: u64,
    /// Instead of the interval, meanwhile.
    pub start_interval_ms: u64,
    /// Failures in a row that make the container unhealthy.
    pub retries: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogLimits {
    pub max_size_bytes: Option<u64>,
    pub max_files: u32,
}

/// What can be changed while the container runs.
#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    pub restart: RestartPolicy,
    pub cgroup: CgroupSpec,
}

#[derive(Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(tag = "name", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum RestartPolicy {
    No,
    Always,
    UnlessStopped,
    OnFailure { maximum_retries: Option<u32> },
}

impl RestartPolicy {
    pub fn wants_restart(self, exit_code: i32, restarts_so_far: u32) -> bool {
        match self {
            RestartPolicy::No => false,
            RestartPolicy::Always | RestartPolicy::UnlessStopped => true,
            RestartPolicy::OnFailure { maximum_retries } => {
                exit_code != 0 && maximum_retries.is_none_or(|most| restarts_so_far < most)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RestartPolicy;

    #[test]
    fn on_failure_restarts_failures_up_to_its_limit() {
        let policy = RestartPolicy::OnFailure { maximum_retries: Some(2) };
        assert!(policy.wants_restart(1, 0) && policy.wants_restart(1, 1));
        assert!(!policy.wants_restart(1, 2) && !policy.wants_restart(0, 0));
        assert!(RestartPolicy::Always.wants_restart(0, 99) && !RestartPolicy::No.wants_restart(1, 0));
    }
}
