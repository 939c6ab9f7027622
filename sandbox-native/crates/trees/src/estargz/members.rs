//! The gzip members of the layer, compressed a batch at a time on all CPUs. A member begins with a chunk of a file; the
//! padding and the headers after it are in the same member.
use super::toc::{Toc, TocEntry};
use crate::compression::compress::Packer;
use crate::streams::sink;
use crate::tree::entry::Header;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

const BATCH_BYTES: usize = 16 << 20;
const BATCH_MEMBERS: usize = 4096;
/// Headers without files between them are split as well, to limit memory.
const MAX_HEADER_BYTES: usize = 1 << 20;

#[derive(Default)]
struct Member {
    bytes: Vec<u8>,
    /// Number of file bytes at the start of the member.
    payload: usize,
}

struct Packed {
    bytes: Vec<u8>,
    digest: Option<String>,
}

pub struct Members<'a, W> {
    output: &'a mut W,
    packer: Packer,
    toc: Toc,
    current: Member,
    batch: Vec<Member>,
    batch_bytes: usize,
    /// Members written so far, and their bytes.
    written: usize,
    offset: u64,
    size_bytes: u64,
    /// Entries without an offset or a digest yet.
    waiting: Vec<TocEntry>,
    /// Index in `waiting` of the first entry of an unfinished file.
    open_file: Option<usize>,
}

impl<'a, W: Write> Members<'a, W> {
    pub fn new(output: &'a mut W, packer: Packer, toc: Toc) -> Members<'a, W> {
        Members {
            output,
            packer,
            toc,
            current: Member::default(),
            batch: Vec::new(),
            batch_bytes: 0,
            written: 0,
            offset: 0,
            size_bytes: 0,
            waiting: Vec::new(),
            open_file: None,
        }
    }

    /// Headers and padding.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.current.bytes.extend_from_slice(bytes);
        if self.current.bytes.len() - self.current.payload > MAX_HEADER_BYTES {
            self.close()?;
        }
        Ok(())
    }

    pub fn list(&mut self, header: &Header) -> io::Result<()> {
        self.save_ready()?;
        self.waiting.push(TocEntry::of(header));
        Ok(())
    }

    /// The next chunk of the file that was listed last.
    pub fn begin_chunk(&mut self, payload: Vec<u8>, file_offset: u64) -> io::Result<()> {
        if !self.current.bytes.is_empty() {
            self.close()?;
        }
        let first = *self.open_file.get_or_insert(self.waiting.len() - 1);
        if file_offset > 0 {
            let next = TocEntry::chunk(&self.waiting[first]);
            self.waiting.push(next);
        }
        let member = self.written + self.batch.len();
        if let Some(entry) = self.waiting.last_mut() {
            entry.begin(member, file_offset..file_offset + payload.len() as u64);
        }
        self.current = Member { payload: payload.len(), bytes: payload };
        Ok(())
    }

    /// `digest` is that of a file with several chunks.
    pub fn end_file(&mut self, digest: Option<String>) {
        if let (Some(first), Some(digest)) = (self.open_file.take(), digest) {
            self.waiting[first].set_digest(digest);
        }
    }

    /// Returns output, table of contents, offset and the uncompressed size.
    pub fn finish(mut self) -> io::Result<(&'a mut W, Toc, u64, u64)> {
        if !self.current.bytes.is_empty() {
            self.close()?;
        }
        self.flush()?;
        self.save_ready()?;
        Ok((self.output, self.toc, self.offset, self.size_bytes))
    }

    fn close(&mut self) -> io::Result<()> {
        let member = std::mem::take(&mut self.current);
        self.batch_bytes += member.bytes.len();
        self.batch.push(member);
        if self.batch_bytes >= BATCH_BYTES || self.batch.len() >= BATCH_MEMBERS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let packer = &self.packer;
        let packed: Vec<Packed> = batch.par_iter().map_init(|| packer.again(), pack).collect::<io::Result<_>>()?;
        let mut places = Vec::with_capacity(packed.len());
        let mut bytes = Vec::new();
        for member in packed {
            places.push((self.offset + bytes.len() as u64, member.digest));
            bytes.extend(member.bytes);
        }
        self.output.write_all(&bytes)?;
        for entry in &mut self.waiting {
            entry.place(self.written, &places);
        }
        self.offset += bytes.len() as u64;
        self.size_bytes += self.batch_bytes as u64;
        self.written += places.len();
        self.batch_bytes = 0;
        Ok(())
    }

    /// Writes the leading complete entries.
    fn save_ready(&mut self) -> io::Result<()> {
        let end = self.open_file.unwrap_or(self.waiting.len());
        let ready = self.waiting[..end].iter().take_while(|entry| entry.is_placed()).count();
        for entry in self.waiting.drain(..ready) {
            self.toc.add(&entry)?;
        }
        Ok(())
    }
}

fn pack(packer: &mut Packer, member: &Member) -> io::Result<Packed> {
    let payload = &member.bytes[..member.payload];
    let digest = (!payload.is_empty()).then(|| sink::digest_text(Sha256::new_with_prefix(payload)));
    Ok(Packed { bytes: packer.pack(&member.bytes)?, digest })
}
