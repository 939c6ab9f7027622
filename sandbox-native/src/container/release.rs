//! Taking away what a container left behind whose supervisor was killed.
use crate::failure::Failure;
use crate::run::cgroup;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseRequest {
    /// As the supervisor wrote them down. Processes in them are killed.
    pub cgroup: Vec<PathBuf>,
}

#[derive(Serialize)]
pub struct Released {}

/// The processes. To be called before ids are mapped: from outside their user namespace, whose owner may kill all in it.
pub fn end(request: &ReleaseRequest) {
    cgroup::end_members(request.cgroup.iter().map(PathBuf::as_path));
}

pub fn release(request: &ReleaseRequest) -> Result<Released, Failure> {
    cgroup::remove_all(request.cgroup.iter().map(PathBuf::as_path)).map(|()| Released {})
}
