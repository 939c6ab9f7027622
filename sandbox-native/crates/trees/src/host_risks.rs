//! What an image must not, or not silently, put among the files of the host.
use super::entry::{Entry, EntryKind};
use super::path;
use serde::Serialize;
use std::collections::HashSet;

const SET_USER_OR_GROUP: u32 = 0o6000;

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct FlattenResult {
    devices_left_out: Names,
    set_id_programs: Names,
}

impl FlattenResult {
    /// Some of their names, if there are any.
    pub fn devices(&self) -> Option<String> {
        let Names { count, first } = &self.devices_left_out;
        let more = if *count > first.len() { format!(" and {} more", count - first.len()) } else { String::new() };
        (*count > 0).then(|| first.join(", ") + &more)
    }
}

#[derive(Serialize, Default)]
struct Names {
    count: usize,
    /// Enough of them to look at.
    first: Vec<String>,
}

impl Names {
    const SHOWN: usize = 3;

    fn add(&mut self, path: &[u8]) {
        self.count += 1;
        if self.first.len() < Names::SHOWN {
            self.first.push(path::show(path));
        }
    }
}

/// SECURITY: a device node of the host, writable by everybody, would be the host's disk for everybody
/// (test/attack/files-for-the-host.test.ts).
pub fn take_out(entries: &mut Vec<Entry>) -> FlattenResult {
    let mut result = FlattenResult::default();
    let mut devices = HashSet::new();
    entries.retain(|Entry { header, .. }| {
        let is_device = match header.kind {
            EntryKind::CharDevice | EntryKind::BlockDevice => true,
            EntryKind::HardLink => devices.contains(&header.link),
            _ => false,
        };
        if is_device {
            result.devices_left_out.add(&header.path);
            devices.insert(header.path.clone());
        } else if header.kind == EntryKind::File && header.mode & SET_USER_OR_GROUP != 0 {
            result.set_id_programs.add(&header.path);
        }
        !is_device
    });
    result
}
