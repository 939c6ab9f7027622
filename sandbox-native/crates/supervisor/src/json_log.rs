//! The container's log: one JSON document per line, in the format of Docker's json-file driver, with a size limit and
//! rotation (`log.json`, `log.json.1`, …).
use foundation::clock;
use foundation::failure::Failure;
use serde::Serialize;
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A longer line is split into pieces; only the last piece ends with a newline.
const PIECE_BYTES: usize = 16 << 10;

#[derive(Clone, Copy, PartialEq)]
pub enum Stream {
    Stdout,
    Stderr,
}

pub struct JsonLog {
    path: PathBuf,
    file: File,
    size: u64,
    max_size: Option<u64>,
    max_files: u32,
    stdout_rest: Vec<u8>,
    stderr_rest: Vec<u8>,
    entries: Vec<u8>,
    /// The file ends within a line: its writer was killed, or the disk was full.
    is_torn: bool,
}

impl JsonLog {
    /// Appends to an existing log: a restarted container keeps its history.
    pub fn open(path: &Path, max_size: Option<u64>, max_files: u32) -> Result<JsonLog, Failure> {
        let (file, size) = open_for_append(path)
            .map_err(|cause| Failure::kernel("CONTAINER_IO", &format!("open the log \"{}\"", path.display()), cause))?;
        Ok(JsonLog {
            path: path.to_owned(),
            file,
            size,
            max_size,
            max_files: max_files.max(1),
            stdout_rest: Vec::new(),
            stderr_rest: Vec::new(),
            entries: Vec::new(),
            is_torn: size > 0 && !ends_a_line(path),
        })
    }

    /// Writes complete lines; the rest waits for more, or for `finish`. A full disk loses lines, but does not stop the
    /// container.
    pub fn append(&mut self, stream: Stream, chunk: &[u8]) {
        let mut rest = std::mem::take(self.rest(stream));
        rest.extend_from_slice(chunk);
        let time = clock::now();
        let mut done = 0;
        while let Some(length) = next_piece(&rest[done..]) {
            self.add_entry((stream, &rest[done..done + length]), &time);
            done += length;
        }
        rest.drain(..done);
        *self.rest(stream) = rest;
        self.write_out();
    }

    /// Writes the rest without a newline: the last output of a container is never lost.
    pub fn finish(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let rest = std::mem::take(self.rest(stream));
            if !rest.is_empty() {
                self.add_entry((stream, &rest), &clock::now());
            }
        }
        self.write_out();
    }

    fn rest(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout_rest,
            Stream::Stderr => &mut self.stderr_rest,
        }
    }

    /// An entry that does not fit into the file is written to the next one, after those that fit.
    fn add_entry(&mut self, (stream, piece): (Stream, &[u8]), time: &str) {
        #[derive(Serialize)]
        struct Entry<'a> {
            log: Cow<'a, str>,
            stream: &'static str,
            time: &'a str,
        }
        let entry = Entry {
            log: String::from_utf8_lossy(piece),
            stream: if stream == Stream::Stdout { "stdout" } else { "stderr" },
            time,
        };
        let before = self.entries.len();
        serde_json::to_writer(&mut self.entries, &entry).expect("a string map always serializes into memory");
        self.entries.push(b'\n');
        let is_full = self.max_size.is_some_and(|limit| self.size + self.entries.len() as u64 > limit);
        if is_full && self.size + before as u64 > 0 {
            let last = self.entries.split_off(before);
            self.write_out();
            if self.rotate().is_ok() {
                self.is_torn = false;
            }
            self.entries = last;
        }
    }

    fn write_out(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        if self.is_torn {
            self.entries.insert(0, b'\n');
        }
        self.is_torn = self.file.write_all(&self.entries).is_err();
        let counted = self.size + self.entries.len() as u64;
        self.size = if self.is_torn { self.file.metadata().map_or(counted, |found| found.len()) } else { counted };
        self.entries.clear();
    }

    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..self.max_files).rev() {
            let older = numbered(&self.path, number - 1);
            match std::fs::rename(older, numbered(&self.path, number)) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
                _ => {}
            }
        }
        if self.max_files == 1 {
            std::fs::remove_file(&self.path)?;
        }
        (self.file, self.size) = open_for_append(&self.path)?;
        Ok(())
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => path.to_owned(),
        _ => PathBuf::from(format!("{}.{number}", path.display())),
    }
}

fn ends_a_line(path: &Path) -> bool {
    let last = File::open(path).and_then(|mut file| {
        let mut byte = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut byte)?;
        Ok(byte[0])
    });
    last.is_ok_and(|byte| byte == b'\n')
}

fn open_for_append(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().append(true).create(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// Length of the next entry: a line with its newline, or a full piece that ends between characters.
fn next_piece(bytes: &[u8]) -> Option<usize> {
    let window = &bytes[..bytes.len().min(PIECE_BYTES)];
    if let Some(end) = window.iter().position(|byte| *byte == b'\n') {
        return Some(end + 1);
    }
    if bytes.len() < PIECE_BYTES {
        return None;
    }
    let is_continuation = |byte: u8| byte & 0xC0 == 0x80;
    let cut = (PIECE_BYTES - 3..=PIECE_BYTES).rev().find(|at| bytes.get(*at).is_none_or(|byte| !is_continuation(*byte)));
    Some(cut.unwrap_or(PIECE_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_of(name: &str, (max_size, max_files): (Option<u64>, u32), chunks: &[(Stream, &[u8])]) -> (PathBuf, Vec<String>) {
        let directory = std::env::temp_dir().join(format!("tsbuild-log-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("log.json");
        let mut log = JsonLog::open(&path, max_size, max_files).unwrap();
        for (stream, chunk) in chunks {
            log.append(*stream, chunk);
        }
        log.finish();
        let texts = std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["log"].as_str().unwrap().to_owned())
            .collect();
        (directory, texts)
    }

    #[test]
    fn lines_are_complete_and_the_unfinished_tail_is_kept() {
        let chunks: [(Stream, &[u8]); 4] =
            [(Stream::Stdout, b"a\nb"), (Stream::Stderr, b"e"), (Stream::Stdout, b"c\n"), (Stream::Stdout, b"tail")];
        let (directory, texts) = log_of("lines", (None, 1), &chunks);
        assert_eq!(texts, ["a\n", "bc\n", "tail", "e"]);
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = "ä".repeat(PIECE_BYTES);
        let mut bytes = b"x".to_vec();
        bytes.extend_from_slice(line.as_bytes());
        let (directory, texts) = log_of("long", (None, 1), &[(Stream::Stdout, &bytes)]);
        assert_eq!(texts.concat(), format!("x{line}"));
        assert!(texts.len() > 1);
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_torn_line_does_not_affect_others() {
        let directory = std::env::temp_dir().join(format!("tsbuild-log-torn-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("log.json");
        std::fs::write(&path, "{\"log\":\"to").unwrap();
        let mut log = JsonLog::open(&path, None, 1).unwrap();
        log.append(Stream::Stdout, b"next\n");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_dir_all(directory).unwrap();
        assert!(text.lines().last().unwrap().starts_with("{\"log\":\"next"));
    }

    #[test]
    fn a_full_disk_loses_only_lines() {
        let mut log = JsonLog::open("/dev/full".as_ref(), None, 1).unwrap();
        log.append(Stream::Stdout, b"lost\n");
        log.append(Stream::Stdout, b"lost too\n");
        log.finish();
        assert!(log.is_torn && log.entries.is_empty());
    }

    #[test]
    fn a_full_file_is_rotated_and_the_oldest_is_dropped() {
        let chunks: Vec<(Stream, &[u8])> = vec![(Stream::Stdout, b"0123456789\n"); 9];
        let (directory, texts) = log_of("rotate", (Some(200), 3), &chunks);
        assert!(!texts.is_empty() && texts.len() < 9);
        let mut names: Vec<_> =
            std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["log.json", "log.json.1", "log.json.2"]);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
