//! Output files of the verbs, and the times in them.
use crate::tree::entry::Entry;
use foundation::failure::Failure;
use std::fs::File;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

pub fn create(path: &Path) -> Result<File, Failure> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .map_err(|cause| Failure::kernel("TREE_WRITE", &format!("create \"{}\"", path.display()), cause))
}

pub fn now_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// Reduces later times (rewrite-timestamp).
pub fn clamp_times(entries: &mut [Entry], max_seconds: Option<i64>) {
    for entry in entries {
        entry.header.mtime = clamp(entry.header.mtime, max_seconds);
    }
}

pub fn clamp(mtime: i64, max_seconds: Option<i64>) -> i64 {
    max_seconds.map_or(mtime, |max| mtime.min(max))
}
