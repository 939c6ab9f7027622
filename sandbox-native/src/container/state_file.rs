//! `state.json`: what the supervisor knows of its container, replaced as a whole at every change.
use crate::container::health::Health;
use crate::container::identity;
use crate::container::ports::BoundPort;
use crate::failure::Failure;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Serialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Created,
    Running,
    Restarting,
    Exited,
}

/// container/state-file.ts reads it.
#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub status: Status,
    pub pid: i32,
    pub start_ticks: u64,
    pub supervisor_pid: u32,
    pub supervisor_start_ticks: u64,
    pub boot_id: String,
    pub exit_code: i32,
    pub oom_killed: bool,
    pub error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    pub restart_count: u32,
    pub ports: Vec<BoundPort>,
    /// Directories of its cgroup.
    pub cgroup: Vec<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
}

pub struct StateFile {
    path: PathBuf,
    pub state: State,
}

impl StateFile {
    pub fn new(directory: &Path) -> StateFile {
        let own = std::process::id();
        let state = State {
            status: Status::Created,
            pid: 0,
            start_ticks: 0,
            supervisor_pid: own,
            supervisor_start_ticks: identity::start_ticks(own as i32).unwrap_or(0),
            boot_id: identity::boot_id(),
            exit_code: 0,
            oom_killed: false,
            error: String::new(),
            started_at: None,
            finished_at: None,
            restart_count: 0,
            ports: Vec::new(),
            cgroup: Vec::new(),
            health: None,
        };
        StateFile { path: directory.join("state.json"), state }
    }

    /// A reader sees the old document or the new one, never a torn one.
    pub fn publish(&self) -> Result<(), Failure> {
        let fresh = self.path.with_extension("json.new");
        let text = serde_json::to_vec(&self.state).expect("the state has string keys only");
        std::fs::write(&fresh, text)
            .and_then(|()| std::fs::rename(&fresh, &self.path))
            .map_err(|cause| Failure::kernel("CONTAINER_IO", &format!("write \"{}\"", self.path.display()), cause))
    }
}
