//! What is found in one file, in its compressed contents, in a symbolic link or in a text.
use super::compressed::{self, Budget, Bytes, Packed};
use super::inflate::Inflater;
use super::search::{Found, Hit, PIECE_BYTES, Searcher};
use crate::compression::decompress::HEAD_BYTES;
use crate::host::host_directory::unreadable;
use crate::layers::layered::Layered;
use crate::streams::read_up_to::read_up_to;
use crate::tree::file_tree::{Content, FileTree, LinkTree};
use crate::tree::path;
use crate::tree::range_reader::RangeReader;
use foundation::failure::Failure;
use protocol::{SecretFinding, UnscannedFile};
use rustix::io::Errno;
use std::io;

/// More findings in the same file are not useful.
const MAX_FINDINGS_OF_FILE: usize = 5;

#[derive(Default)]
pub struct Scanned {
    pub findings: Vec<SecretFinding>,
    pub count: usize,
    pub bytes: u64,
    pub unread: Option<UnscannedFile>,
    pub cut: Option<UnscannedFile>,
}

#[derive(Default, Clone)]
pub struct Location {
    pub layer: Option<usize>,
    pub text: Option<usize>,
    pub path: Option<String>,
}

/// Used for one file after another.
#[derive(Default)]
pub struct Buffers {
    file: Vec<u8>,
    inflater: Inflater,
}

/// One layer that is scanned.
pub struct LayerScan<'a> {
    pub searcher: &'a Searcher,
    pub budget: &'a Budget,
    pub tree: &'a Layered,
    pub number: usize,
}

impl LayerScan<'_> {
    pub fn file(&self, path: &[u8], Buffers { file, inflater }: &mut Buffers) -> Scanned {
        let &LayerScan { searcher, budget, tree, number } = self;
        let opened = tree.open(path).and_then(|content| Ok((read_beginning(&content, path, file)?, content)));
        let (beginning, content) = match opened {
            Ok(opened) => opened,
            Err(failure) => return Scanned { unread: Some(unread(number, path, failure.message)), ..Scanned::default() },
        };
        let location = Location { layer: Some(number), path: Some(path::show(path)), ..Location::default() };
        let whole = (beginning.len() as u64 == content.size).then_some(beginning);
        let stream = || Bytes::Stream { likely_size: content.size, input: Box::new(RangeReader::new(content.clone())) };
        let mut scanned = Scanned::default();
        scanned.search((searcher, &location), whole.map_or_else(stream, Bytes::InMemory));
        let head = &beginning[..beginning.len().min(HEAD_BYTES)];
        let is_cut = compressed::each_content(Packed { content: &content, head, whole }, (inflater, budget), |name, bytes| {
            let location = Location { path: location.path.as_ref().map(|path| format!("{path}{name}")), ..location.clone() };
            scanned.search((searcher, &location), bytes);
        });
        if is_cut {
            let reason = "only the first part of its compressed content was searched";
            scanned.cut = Some(unread(number, path, reason.to_owned()));
        }
        scanned
    }

    pub fn link(&self, path: &[u8]) -> Scanned {
        let &LayerScan { searcher, tree, number, .. } = self;
        match tree.read_link(path) {
            Ok(target) => {
                let mut scanned = Scanned::default();
                let location = Location { layer: Some(number), path: Some(path::show(path)), ..Location::default() };
                scanned.search((searcher, &location), Bytes::InMemory(&target));
                scanned
            }
            Err(failure) => Scanned { unread: Some(unread(number, path, failure.message)), ..Scanned::default() },
        }
    }
}

/// All of a small file.
fn read_beginning<'a>(content: &Content, path: &[u8], buffer: &'a mut Vec<u8>) -> Result<&'a [u8], Failure> {
    let wanted = if content.size <= PIECE_BYTES as u64 { content.size as usize } else { HEAD_BYTES };
    if buffer.len() < wanted {
        buffer.resize(wanted, 0);
    }
    let got = read_up_to(&mut RangeReader::new(content.clone()), &mut buffer[..wanted]);
    let got = got.map_err(|cause| unreadable(path, Errno::from_io_error(&cause).unwrap_or(Errno::IO)))?;
    Ok(&buffer[..got])
}

impl Scanned {
    pub fn search(&mut self, (searcher, location): (&Searcher, &Location), bytes: Bytes) {
        let found = |hit| {
            if location.is_of_self_test(&hit) {
                return;
            }
            self.count += 1;
            if self.findings.len() < MAX_FINDINGS_OF_FILE {
                self.findings.push(location.finding(hit));
            }
        };
        let read: io::Result<u64> = match bytes {
            Bytes::InMemory(bytes) => Ok(searcher.search_bytes(bytes, found)),
            Bytes::Stream { likely_size, input } => searcher.search((input, likely_size), found),
        };
        match read {
            Ok(bytes) => self.bytes += bytes,
            Err(cause) => {
                let (layer, path) = (location.layer.unwrap_or_default(), location.path.clone().unwrap_or_default());
                self.unread = Some(UnscannedFile { layer, path, reason: cause.to_string() });
            }
        }
    }
}

fn unread(layer: usize, path: &[u8], reason: String) -> UnscannedFile {
    UnscannedFile { layer, path: path::show(path), reason }
}

impl Location {
    /// GnuTLS contains the keys of its self-tests, in every distribution.
    fn is_of_self_test(&self, hit: &Hit) -> bool {
        let path = self.path.as_deref().unwrap_or_default();
        let is_library = ["/usr/lib", "/lib"].iter().any(|place| path.starts_with(place));
        let is_key = matches!(&hit.what, Found::Pattern { kind, .. } if *kind == "private key");
        is_key && is_library && path.rsplit('/').next().is_some_and(|name| name.starts_with("libgnutls.so"))
    }

    fn finding(&self, Hit { offset, what }: Hit) -> SecretFinding {
        let (value, pattern, shown) = match what {
            Found::Value(number) => (Some(number), None, None),
            Found::Pattern { kind, shown } => (None, Some(kind), Some(shown)),
        };
        SecretFinding { layer: self.layer, text: self.text, path: self.path.clone(), offset, value, pattern, shown }
    }
}
