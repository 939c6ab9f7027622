//! The store's event log: records of JSON text sequences (RFC 7464) in numbered files, to which every process that causes
//! an event appends. docs/events.md describes it; layer-store/events/append-event.ts is the other writer.
use crate::clock;
use protocol::{EventLog, MountedVolume};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;

const SUFFIX: &str = ".json-seq";
/// A file of at least this size is full: the next one is created, and only one older file is kept.
const FULL_BYTES: u64 = 1 << 20;
const MAX_RECORD_BYTES: usize = 8 << 10;
/// Attributes that remain in a record that would be too large with all of them.
const ESSENTIAL: [&str; 2] = ["image", "name"];

/// An event that cannot be written is dropped: the action that it reports has already happened.
pub trait Events {
    fn append(&self, action: &str, details: &[(&str, &str)]);
    fn append_mounts(&self);
    fn append_unmounts(&self);
}

impl Events for EventLog {
    fn append(&self, action: &str, details: &[(&str, &str)]) {
        let _ = open_log(self).and_then(|directory| append_record(directory.as_fd(), &container_record(self, action, details)));
    }

    fn append_mounts(&self) {
        for volume in &self.volumes {
            let writable = if volume.read_only { "false" } else { "true" };
            let details = [("destination", &volume.destination[..]), ("propagation", ""), ("read/write", writable)];
            append_volume(self, "mount", (volume, &details));
        }
    }

    fn append_unmounts(&self) {
        self.volumes.iter().for_each(|volume| append_volume(self, "unmount", (volume, &[])));
    }
}

fn append_volume(log: &EventLog, action: &str, (volume, details): (&MountedVolume, &[(&str, &str)])) {
    let all = [("container", &log.id[..]), ("driver", "local")].into_iter().chain(details.iter().copied());
    let record = encode(&Record { time: clock::now(), r#type: "volume", action, id: &volume.name, attributes: all.collect() });
    let _ = open_log(log).and_then(|directory| append_record(directory.as_fd(), &record));
}

fn open_log(log: &EventLog) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(&log.directory, flags, Mode::empty()) {
        Err(Errno::NOENT) => {
            DirBuilder::new().mode(0o700).recursive(true).create(&log.directory)?;
            rustix::fs::open(&log.directory, flags, Mode::empty())
        }
        other => other,
    };
    Ok(opened?)
}

fn container_record(log: &EventLog, action: &str, details: &[(&str, &str)]) -> Vec<u8> {
    let with = |is_kept: &dyn Fn(&str) -> bool| {
        let attributes = log.attributes.iter().filter(|(key, _)| is_kept(key)).map(|(key, value)| (&key[..], &value[..]));
        let attributes = attributes.chain(details.iter().copied()).collect();
        encode(&Record { time: clock::now(), r#type: "container", action, id: &log.id, attributes })
    };
    let whole = with(&|_| true);
    if whole.len() <= MAX_RECORD_BYTES { whole } else { with(&|key| ESSENTIAL.contains(&key)) }
}

#[derive(Serialize)]
struct Record<'a> {
    time: String,
    r#type: &'static str,
    action: &'a str,
    id: &'a str,
    attributes: BTreeMap<&'a str, &'a str>,
}

/// Begins with a record separator: after a torn record, readers find the next one.
fn encode(record: &Record<'_>) -> Vec<u8> {
    let mut bytes = vec![0x1e];
    serde_json::to_writer(&mut bytes, record).expect("a record has string keys only");
    bytes.push(b'\n');
    bytes
}

/// One write in append mode: records of different processes do not interleave.
fn append_record(directory: BorrowedFd<'_>, record: &[u8]) -> io::Result<()> {
    let newest = newest_number(directory)?;
    let (mut file, size) = match open(directory, newest, newest == 1) {
        Err(Errno::NOENT) => open(directory, newest_number(directory)?, true)?,
        opened => opened?,
    };
    if size < FULL_BYTES {
        return file.write_all(record);
    }
    let (mut next, _) = open(directory, newest + 1, true)?; // concurrent writers open the same next file
    next.write_all(record)?;
    for number in numbers(directory)?.into_iter().filter(|number| *number < newest) {
        let _ = rustix::fs::unlinkat(directory, name_of(number), AtFlags::empty()); // another process may have removed it already
    }
    Ok(())
}

/// 1 if there are no files yet.
fn newest_number(directory: BorrowedFd<'_>) -> Result<u64, Errno> {
    Ok(numbers(directory)?.into_iter().max().unwrap_or(1))
}

fn numbers(directory: BorrowedFd<'_>) -> Result<Vec<u64>, Errno> {
    let number = |name: &str| name.strip_suffix(SUFFIX)?.parse().ok();
    let names = Dir::read_from(directory)?.filter_map(|entry| number(entry.ok()?.file_name().to_str().ok()?));
    Ok(names.collect())
}

/// Does not create a file again that was removed because of its age.
fn open(directory: BorrowedFd<'_>, number: u64, creates: bool) -> Result<(File, u64), Errno> {
    let create = if creates { OFlags::CREATE } else { OFlags::empty() };
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC | create;
    let file = rustix::fs::openat(directory, name_of(number), flags, Mode::from_raw_mode(0o600))?;
    let size = rustix::fs::fstat(&file)?.st_size;
    Ok((file.into(), u64::try_from(size).unwrap_or(0)))
}

fn name_of(number: u64) -> String {
    format!("{number}{SUFFIX}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn log_in(name: &str, labels: &[(&str, String)]) -> EventLog {
        let directory = std::env::temp_dir().join(format!("tsbuild-events-{name}-{}", std::process::id()));
        let attributes = labels.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
        EventLog { directory, id: "abc".into(), attributes, volumes: Vec::new() }
    }

    #[test]
    fn at_most_two_files_hold_the_newest_records() {
        let log = log_in("full", &[("label", "x".repeat(4000))]);
        for number in 0..900 {
            log.append("tick", &[("number", &number.to_string())]);
        }
        let mut found = numbers(open_log(&log).unwrap().as_fd()).unwrap();
        found.sort();
        let newest = fs::read_to_string(log.directory.join(name_of(found[1]))).unwrap();
        fs::remove_dir_all(&log.directory).unwrap();
        assert_eq!(found, [3, 4]);
        assert!(newest.contains("\"899\""));
    }

    #[test]
    fn a_record_that_is_too_large_loses_its_labels() {
        let log = log_in("large", &[("label", "x".repeat(9000)), ("name", "web".into())]);
        let text = String::from_utf8(container_record(&log, "die", &[("exitCode", "1")])).unwrap();
        let document: serde_json::Value = serde_json::from_str(text.trim_start_matches('\x1e')).unwrap();
        assert_eq!(document["attributes"], serde_json::json!({ "exitCode": "1", "name": "web" }));
    }
}
