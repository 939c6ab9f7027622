//! The table of contents: an entry for each entry of the archive and for each further chunk of a large file.
use crate::streams::sink;
use crate::tar::{header, padding};
use crate::tree::entry::{EntryKind, Header};
use crate::tree::meta::{Kind, Meta};
use base64::Engine;
use foundation::clock;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::ops::Range;

pub const TOC_NAME: &str = "stargz.index.json";
const OPENING: &[u8] = b"{\"version\":1,\"entries\":[";
const CLOSING: &[u8] = b"]}";
const COPY_BYTES: usize = 64 << 10;
const EMPTY_DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// SPEC: docs/estargz.md#tocentry; zeros are omitted.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct TocEntry {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "is_zero")]
    size: u64,
    #[serde(rename = "modtime", skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    link_name: String,
    #[serde(skip_serializing_if = "is_zero")]
    mode: u64,
    #[serde(skip_serializing_if = "is_zero")]
    uid: u64,
    #[serde(skip_serializing_if = "is_zero")]
    gid: u64,
    #[serde(skip_serializing_if = "is_zero")]
    offset: u64,
    #[serde(skip_serializing_if = "is_zero")]
    dev_major: u64,
    #[serde(skip_serializing_if = "is_zero")]
    dev_minor: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    xattrs: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    chunk_offset: u64,
    #[serde(skip_serializing_if = "is_zero")]
    chunk_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunk_digest: Option<String>,
    /// The member, as long as its offset is unknown.
    #[serde(skip)]
    member: Option<usize>,
}

impl TocEntry {
    pub fn of(header: &Header) -> TocEntry {
        let is_link = matches!(header.kind, EntryKind::Symlink | EntryKind::HardLink);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let is_device = matches!(header.kind, EntryKind::CharDevice | EntryKind::BlockDevice);
        let device = if is_device { header.device } else { (0, 0) };
        TocEntry {
            name: text(&header.path),
            kind: kind_name(header.kind),
            size: header.size,
            modified: modified(header),
            link_name: if is_link { text(&header.link) } else { String::new() },
            mode: header.mode.into(),
            uid: header.uid.into(),
            gid: header.gid.into(),
            dev_major: device.0.into(),
            dev_minor: device.1.into(),
            xattrs: header.xattrs.iter().map(|(key, value)| (text(key), base64(value))).collect(),
            digest: (header.kind == EntryKind::File && header.size == 0).then(|| EMPTY_DIGEST.to_owned()),
            ..TocEntry::default()
        }
    }

    /// A further chunk of a file.
    pub fn chunk(file: &TocEntry) -> TocEntry {
        TocEntry { name: file.name.clone(), kind: "chunk", ..TocEntry::default() }
    }

    /// `chunk` is its range in the file.
    pub fn begin(&mut self, member: usize, chunk: Range<u64>) {
        self.member = Some(member);
        self.chunk_offset = chunk.start;
        if chunk.end - chunk.start == super::CHUNK_BYTES {
            self.chunk_size = super::CHUNK_BYTES;
        }
    }

    pub fn set_digest(&mut self, digest: String) {
        self.digest = Some(digest);
    }

    pub fn is_placed(&self) -> bool {
        self.member.is_none()
    }

    /// `places` are the offsets and digests of the members from `first` on.
    pub fn place(&mut self, first: usize, places: &[(u64, Option<String>)]) {
        let Some((offset, digest)) = self.member.and_then(|member| places.get(member.checked_sub(first)?)) else { return };
        self.member = None;
        self.offset = *offset;
        self.chunk_digest.clone_from(digest);
        if self.kind == "reg" && self.digest.is_none() {
            self.digest.clone_from(digest); // the only chunk is the whole file
        }
    }
}

/// Entries so far, as JSON in a file: a layer may have millions.
pub struct Toc {
    json: BufWriter<File>,
    size: u64,
}

impl Toc {
    pub fn new(file: File) -> Toc {
        Toc { json: BufWriter::new(file), size: 0 }
    }

    pub fn add(&mut self, entry: &TocEntry) -> io::Result<()> {
        let mut text = if self.size == 0 { Vec::new() } else { b",\n".to_vec() };
        serde_json::to_writer(&mut text, entry)?;
        self.size += text.len() as u64;
        self.json.write_all(&text)
    }

    /// Writes the archive with the table of contents, in pieces; returns the digest of the table.
    pub fn write_archive(&mut self, put: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<String> {
        let mut file = Header::from_meta(TOC_NAME.into(), EntryKind::File, &Meta::planned(Kind::File, 0, 0));
        file.size = (OPENING.len() + CLOSING.len()) as u64 + self.size;
        let mut head = Vec::new();
        header::encode(&mut head, &file);
        put(&head)?;
        let mut hasher = Sha256::new();
        let mut put_json = |bytes: &[u8]| {
            hasher.update(bytes);
            put(bytes)
        };
        put_json(OPENING)?;
        self.json.flush()?;
        let json = self.json.get_mut();
        json.rewind()?;
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let got = json.read(&mut buffer)?;
            if got == 0 {
                break;
            }
            put_json(&buffer[..got])?;
        }
        put_json(CLOSING)?;
        put(&vec![0; padding(file.size) + 1024])?;
        Ok(sink::digest_text(hasher))
    }
}

fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "reg",
        EntryKind::Directory => "dir",
        EntryKind::Symlink => "symlink",
        EntryKind::HardLink => "hardlink",
        EntryKind::Fifo => "fifo",
        EntryKind::CharDevice => "char",
        EntryKind::BlockDevice => "block",
    }
}

/// Rounded to seconds. The format has four-digit years; the epoch means unknown.
fn modified(header: &Header) -> Option<String> {
    let seconds = header.mtime + i64::from(header.mtime_ns >= 500_000_000);
    let text = clock::rfc3339_seconds(seconds);
    (seconds != 0 && text.len() == "2006-01-02T15:04:05Z".len()).then_some(text)
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
