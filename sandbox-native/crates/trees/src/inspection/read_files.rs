//! The verb read-files: selected files of the merged layers, and sections of the programs among them, concatenated in one
//! file. Unreadable files are reported and do not stop the request.
use super::elf;
use crate::layers::layered::Layered;
use crate::matching::ignore::{IgnoreRules, Verdict};
use crate::streams::output;
use crate::tree::file_tree::{Content, FileTree};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::range_reader::RangeReader;
use crate::tree::walk;
use foundation::failure::Failure;
use protocol::{ReadFile, ReadFilesRequest, ReadFilesResult, UnreadFile};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

pub fn read_files(request: &ReadFilesRequest) -> Result<ReadFilesResult, Failure> {
    let rules = IgnoreRules::parse(&request.patterns)?;
    let tree = Layered::open(&request.layers)?;
    let file = output::create(&request.output)?;
    let mut reading =
        Reading { request, rules, tree: &tree, written: 0, output: BufWriter::new(file), done: ReadFilesResult::default() };
    for (path, meta) in walk::below(&tree, b"")? {
        reading.one(&path, &meta)?;
    }
    reading.output.flush().map_err(|cause| unwritable(&cause))?;
    Ok(reading.done)
}

struct Reading<'a> {
    request: &'a ReadFilesRequest,
    /// Match the files to read.
    rules: IgnoreRules,
    tree: &'a Layered,
    written: u64,
    output: BufWriter<File>,
    done: ReadFilesResult,
}

impl Reading<'_> {
    fn one(&mut self, path: &[u8], meta: &Meta) -> Result<(), Failure> {
        let is_chosen = self.rules.judge(path, &Verdict::default()).is_ignored();
        let is_program = meta.kind == Kind::File && meta.mode & 0o111 != 0 && !self.request.sections.is_empty();
        if meta.kind == Kind::Directory || !(is_chosen || is_program) {
            return Ok(());
        }
        if meta.kind != Kind::File {
            self.note(path, "it is not a regular file");
            return Ok(());
        }
        let content = match self.tree.open(path) {
            Ok(content) => content,
            Err(failure) => {
                self.note(path, &failure.message);
                return Ok(());
            }
        };
        if is_chosen { self.file(path, content) } else { self.sections(path, &content) }
    }

    fn file(&mut self, path: &[u8], content: Content) -> Result<(), Failure> {
        let size = content.size;
        if !self.has_room(path, size) {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(size as usize);
        match RangeReader::new(content).read_to_end(&mut bytes) {
            Ok(_) => self.put(path, (None, &bytes)),
            Err(cause) => {
                self.note(path, &cause.to_string());
                Ok(())
            }
        }
    }

    fn sections(&mut self, path: &[u8], content: &Content) -> Result<(), Failure> {
        match elf::sections(content, &self.request.sections, self.request.max_file_bytes) {
            Ok(sections) => {
                for elf::Section { name, bytes } in sections {
                    if self.has_room(path, bytes.len() as u64) {
                        self.put(path, (Some(name), &bytes))?;
                    }
                }
            }
            Err(cause) => self.note(path, &cause.to_string()),
        }
        Ok(())
    }

    fn has_room(&mut self, path: &[u8], size: u64) -> bool {
        if size > self.request.max_file_bytes {
            self.note(path, &format!("it has {size} bytes (at most {} are read)", self.request.max_file_bytes));
            return false;
        }
        if self.written + size > self.request.max_total_bytes {
            self.note(path, &format!("{} bytes were read before it (at most {})", self.written, self.request.max_total_bytes));
            return false;
        }
        true
    }

    fn put(&mut self, path: &[u8], (section, bytes): (Option<String>, &[u8])) -> Result<(), Failure> {
        self.output.write_all(bytes).map_err(|cause| unwritable(&cause))?;
        let size_bytes = bytes.len() as u64;
        self.done.files.push(ReadFile { path: path::show(path), section, offset: self.written, size_bytes });
        self.written += size_bytes;
        Ok(())
    }

    fn note(&mut self, path: &[u8], reason: &str) {
        self.done.unread.push(UnreadFile { path: path::show(path), reason: reason.to_owned() });
    }
}

fn unwritable(cause: &io::Error) -> Failure {
    let again = cause.raw_os_error().map_or_else(|| io::Error::other(cause.to_string()), io::Error::from_raw_os_error);
    Failure::kernel("TREE_WRITE", "write the files that were read", again)
}
