//! `state.json`: the state of a container, replaced atomically at every change.
use crate::health_status::Health;
use crate::ports::BoundPort;
use foundation::failure::Failure;
use foundation::process_identity;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq)]
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

const NAME: &str = "state.json";
/// Reserved space for the start and the end of a run, even on a disk that the command has filled. Each is large enough for
/// a document of any size except for the results of health checks.
const SPARES: [&str; 2] = ["state.json.start", "state.json.end"];
const MARGIN_BYTES: usize = 4 << 10;

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
            supervisor_start_ticks: process_identity::start_ticks(own as i32).unwrap_or(0),
            boot_id: process_identity::boot_id(),
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
        StateFile { path: directory.join(NAME), state }
    }

    /// Called before a command is started. A disk without this space counts as full.
    pub fn reserve_space(&self, ports: usize) -> Result<(), Failure> {
        const PORT_BYTES: usize = 128;
        let bytes = self.without_results().len() + ports * PORT_BYTES + MARGIN_BYTES;
        SPARES
            .iter()
            .try_for_each(|name| allocate(&self.path.with_file_name(name), bytes as u64))
            .map_err(|cause| self.failed(cause))
    }

    /// The final state has been written.
    pub fn release_space(&self) {
        for name in SPARES {
            let _ = fs::remove_file(self.path.with_file_name(name)); // it may have been used, or its directory removed
        }
    }

    /// Readers see the old document or the new one, never a partial one.
    pub fn publish(&self) -> Result<(), Failure> {
        let fresh = self.path.with_extension("json.new");
        let text = serde_json::to_vec(&self.state).expect("the state has string keys only");
        let Err(cause) = fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &self.path)) else { return Ok(()) };
        let _ = fs::remove_file(&fresh); // incomplete, and never read
        if self.publish_in_spare() { Ok(()) } else { Err(self.failed(cause)) }
    }

    fn publish_in_spare(&self) -> bool {
        let text = self.without_results();
        SPARES.iter().any(|name| {
            let spare = self.path.with_file_name(name);
            overwrite(&spare, &text).and_then(|()| fs::rename(&spare, &self.path)).is_ok()
        })
    }

    fn without_results(&self) -> Vec<u8> {
        let mut state = self.state.clone();
        if let Some(health) = &mut state.health {
            health.log.clear();
        }
        serde_json::to_vec(&state).expect("the state has string keys only")
    }

    fn failed(&self, cause: io::Error) -> Failure {
        Failure::kernel("CONTAINER_IO", &format!("write \"{}\"", self.path.display()), cause)
    }
}

/// Whether the state file claims a running container, in the working directory of this process, whose lock the caller holds.
pub fn claims_running() -> bool {
    #[derive(Deserialize)]
    struct Claim {
        status: Status,
    }
    let found = fs::read(NAME).ok().and_then(|text| serde_json::from_slice::<Claim>(&text).ok());
    found.is_some_and(|claim| matches!(claim.status, Status::Running | Status::Restarting))
}

/// When the container in the working directory of this process last started and ended.
pub fn earlier_times() -> (Option<String>, Option<String>) {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Life {
        started_at: Option<String>,
        finished_at: Option<String>,
    }
    let found = fs::read(NAME).ok().and_then(|text| serde_json::from_slice::<Life>(&text).ok()).unwrap_or_default();
    (found.started_at, found.finished_at)
}

/// Filesystems that cannot reserve space are used without.
fn allocate(path: &Path, bytes: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::NOTSUP | Errno::NOSYS) => Ok(()),
        other => Ok(other?),
    }
}

/// Needs no space beyond that of the file.
fn overwrite(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(text)?;
    file.set_len(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_in(directory: &Path) -> String {
        let text = fs::read(directory.join("state.json")).expect("a state");
        let document: serde_json::Value = serde_json::from_slice(&text).expect("a document");
        document["status"].as_str().expect("a status").to_owned()
    }

    #[test]
    fn a_start_and_an_end_are_recorded_on_a_full_disk() {
        let directory = std::env::temp_dir().join(format!("tsbuild-state-{}", std::process::id()));
        fs::create_dir_all(directory.join("state.json.new")).expect("an obstacle for the new file");
        let mut file = StateFile::new(&directory);
        assert!(file.publish().is_err());
        file.reserve_space(0).expect("room");
        for status in [Status::Running, Status::Exited] {
            file.state.status = status;
            file.publish().expect("room that was taken");
        }
        assert_eq!(status_in(&directory), "exited");
        assert!(file.publish().is_err());
        fs::remove_dir_all(directory).expect("a removable directory");
    }
}
