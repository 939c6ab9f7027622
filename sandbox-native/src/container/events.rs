//! The store's log of events: records of JSON text sequences (RFC 7464) in numbered files, to which everybody who causes
//! an event appends. docs/events.md describes it; layer-store/events/append-event.ts is the other writer.
use crate::container::clock;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".json-seq";
/// A file that has so many bytes gets no more: the next one is begun, and only one older is kept.
const FULL_BYTES: u64 = 1 << 20;
const MAX_RECORD_BYTES: usize = 8 << 10;
/// Attributes that a record keeps that would be too large with all of them.
const ESSENTIAL: [&str; 2] = ["image", "name"];

/// Who the supervisor's events are about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventLog {
    directory: PathBuf,
    id: String,
    pub attributes: BTreeMap<String, String>,
}

impl EventLog {
    /// An event that can't be written is lost: what it tells of has happened, and goes on.
    pub fn append(&self, action: &str, details: &[(&str, &str)]) {
        let _ = append_record(&self.directory, &self.record(action, details));
    }

    fn record(&self, action: &str, details: &[(&str, &str)]) -> Vec<u8> {
        let with = |is_kept: &dyn Fn(&str) -> bool| {
            let own = self.attributes.iter().filter(|(key, _)| is_kept(key)).map(|(key, value)| (&key[..], &value[..]));
            let attributes = own.chain(details.iter().copied()).collect();
            encode(&Record { time: clock::now(), r#type: "container", action, id: &self.id, attributes })
        };
        let whole = with(&|_| true);
        if whole.len() <= MAX_RECORD_BYTES { whole } else { with(&|key| ESSENTIAL.contains(&key)) }
    }
}

#[derive(Serialize)]
struct Record<'a> {
    time: String,
    r#type: &'static str,
    action: &'a str,
    id: &'a str,
    attributes: BTreeMap<&'a str, &'a str>,
}

/// A record separator in front: a reader finds the next record after one that was torn.
fn encode(record: &Record<'_>) -> Vec<u8> {
    let mut bytes = vec![0x1e];
    serde_json::to_writer(&mut bytes, record).expect("a record has string keys only");
    bytes.push(b'\n');
    bytes
}

/// One write in append mode: records of different processes never mix.
fn append_record(directory: &Path, record: &[u8]) -> io::Result<()> {
    let newest = newest_number(directory)?;
    let (file, size) = match open(directory, newest, newest == 1) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => open(directory, newest_number(directory)?, true)?,
        opened => opened?,
    };
    if size < FULL_BYTES {
        return (&file).write_all(record);
    }
    let (next, _) = open(directory, newest + 1, true)?; // two that begin it at once begin the same
    (&next).write_all(record)?;
    for number in numbers(directory)?.into_iter().filter(|number| *number < newest) {
        let _ = fs::remove_file(path_of(directory, number)); // another one may have been faster
    }
    Ok(())
}

/// 1 where there is none yet.
fn newest_number(directory: &Path) -> io::Result<u64> {
    match numbers(directory) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            DirBuilder::new().mode(0o700).recursive(true).create(directory)?;
            Ok(1)
        }
        found => Ok(found?.into_iter().max().unwrap_or(1)),
    }
}

fn numbers(directory: &Path) -> io::Result<Vec<u64>> {
    let names = fs::read_dir(directory)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter_map(|name| name.strip_suffix(SUFFIX)?.parse().ok()).collect())
}

/// Not made anew once it was removed as too old.
fn open(directory: &Path, number: u64, is_made: bool) -> io::Result<(File, u64)> {
    let mut options = OpenOptions::new();
    options.append(true).create(is_made).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let file = options.open(path_of(directory, number))?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn path_of(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number}{SUFFIX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_in(name: &str, labels: &[(&str, String)]) -> EventLog {
        let directory = std::env::temp_dir().join(format!("tsbuild-events-{name}-{}", std::process::id()));
        let attributes = labels.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
        EventLog { directory, id: "abc".into(), attributes }
    }

    #[test]
    fn two_files_at_most_hold_the_newest_records() {
        let log = log_in("full", &[("label", "x".repeat(4000))]);
        for number in 0..900 {
            log.append("tick", &[("number", &number.to_string())]);
        }
        let mut found = numbers(&log.directory).unwrap();
        found.sort();
        let newest = fs::read_to_string(path_of(&log.directory, found[1])).unwrap();
        fs::remove_dir_all(&log.directory).unwrap();
        assert_eq!(found, [3, 4]);
        assert!(newest.contains("\"899\""));
    }

    #[test]
    fn a_record_that_is_too_large_goes_without_labels() {
        let log = log_in("large", &[("label", "x".repeat(9000)), ("name", "web".into())]);
        let text = String::from_utf8(log.record("die", &[("exitCode", "1")])).unwrap();
        let document: serde_json::Value = serde_json::from_str(text.trim_start_matches('\x1e')).unwrap();
        assert_eq!(document["attributes"], serde_json::json!({ "exitCode": "1", "name": "web" }));
    }
}
