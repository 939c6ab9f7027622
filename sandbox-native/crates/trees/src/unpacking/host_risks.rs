//! Files of an image that must not be written to the host, or not without a warning.
use crate::tree::entry::{Entry, EntryKind};
use crate::tree::path;
use protocol::{FlattenResult, NoticedFiles};
use std::collections::HashSet;

const SET_USER_OR_GROUP: u32 = 0o6000;

/// Some names of devices, if there are any.
pub fn devices(result: &FlattenResult) -> Option<String> {
    let NoticedFiles { count, first } = &result.devices_left_out;
    let more = if *count > first.len() { format!(" and {} more", count - first.len()) } else { String::new() };
    (*count > 0).then(|| first.join(", ") + &more)
}

const SHOWN_NAMES: usize = 3;

fn add(noticed: &mut NoticedFiles, path: &[u8]) {
    noticed.count += 1;
    if noticed.first.len() < SHOWN_NAMES {
        noticed.first.push(path::show(path));
    }
}

/// SECURITY: a device node on the host that everyone can write would give everyone access to the host's disk
/// (test/attack/layers/files-for-the-host.test.ts).
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
            add(&mut result.devices_left_out, &header.path);
            devices.insert(header.path.clone());
        } else if header.kind == EntryKind::File && header.mode & SET_USER_OR_GROUP != 0 {
            add(&mut result.set_id_programs, &header.path);
        }
        !is_device
    });
    result
}
