//! The content of compressed files and of text in UTF-16, one level deep and up to a limit. Damaged files are read as far
//! as possible.
use super::inflate::Inflater;
use super::utf16::{self, Narrowed};
use super::zip;
use crate::compression::decompress::{self, Format};
use crate::tree::file_tree::Content;
use crate::tree::range_reader::RangeReader;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

const MAX_FILE_BYTES: u64 = 64 << 20;
const MAX_TOTAL_BYTES: u64 = 1 << 30;
/// Only determines the size of a buffer.
const USUAL_RATIO: u64 = 4;

/// How much of all files may still be decompressed.
pub struct Budget(AtomicU64);

impl Budget {
    pub fn new() -> Budget {
        Budget(AtomicU64::new(MAX_TOTAL_BYTES))
    }

    fn take(&self, bytes: u64) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }
}

/// The bytes of a file or of something in it.
pub enum Bytes<'a> {
    InMemory(&'a [u8]),
    Stream { likely_size: u64, input: Box<dyn Read + 'a> },
}

/// A file that is possibly compressed.
pub struct Packed<'a> {
    pub content: &'a Content,
    /// The first bytes, which identify the compression.
    pub head: &'a [u8],
    /// All bytes, if they are in memory.
    pub whole: Option<&'a [u8]>,
}

/// Calls back with each content and its name after the path; returns whether a limit was reached.
pub fn each_content(
    Packed { content, head, whole }: Packed,
    (inflater, budget): (&mut Inflater, &Budget),
    mut found: impl FnMut(&str, Bytes),
) -> bool {
    let mut left = Left { of_file: MAX_FILE_BYTES, budget, is_cut: false };
    if head.starts_with(zip::MAGIC) {
        for member in zip::members(content) {
            let name = format!("!/{}", member.name);
            let small = if left.has(member.size) { inflater.inflate(&member.content, member.size) } else { None };
            let stream = || flate2::read::DeflateDecoder::new(RangeReader::new(member.content));
            found(&name, left.bound(small.map_or_else(|| streamed(member.size, stream()), Bytes::InMemory)));
            if left.is_cut {
                break;
            }
        }
    } else if head.starts_with(utf16::LITTLE_ENDIAN) || head.starts_with(utf16::BIG_ENDIAN) {
        let input = Narrowed { input: RangeReader::new(content.clone()), is_big_endian: head.starts_with(utf16::BIG_ENDIAN) };
        found(" (UTF-16)", left.bound(streamed(content.size / 2, input)));
    } else if let Some(bytes) = decompressed((content, head, whole), inflater, &left) {
        found(" (decompressed)", left.bound(bytes));
    }
    left.is_cut
}

fn decompressed<'a>(
    (content, head, whole): (&Content, &[u8], Option<&[u8]>),
    inflater: &'a mut Inflater,
    left: &Left,
) -> Option<Bytes<'a>> {
    let format = decompress::format_of(head);
    if format == Format::Plain {
        return None;
    }
    if format == Format::Gzip
        && left.has(content.size)
        && let Some(bytes) = inflater.gunzip(content, whole)
    {
        return Some(Bytes::InMemory(bytes));
    }
    let input = decompress::open(format, RangeReader::new(content.clone()), None).ok()?;
    Some(streamed(content.size.saturating_mul(USUAL_RATIO), input))
}

fn streamed<'a>(likely_size: u64, input: impl Read + 'a) -> Bytes<'a> {
    Bytes::Stream { likely_size, input: Box::new(input) }
}

struct Left<'a> {
    of_file: u64,
    budget: &'a Budget,
    is_cut: bool,
}

impl Left<'_> {
    fn has(&self, bytes: u64) -> bool {
        bytes <= self.of_file && bytes <= self.budget.0.load(Ordering::Relaxed)
    }

    /// False at a limit.
    fn take(&mut self, bytes: u64) -> bool {
        self.is_cut = self.is_cut || bytes > self.of_file || !self.budget.take(bytes);
        if !self.is_cut {
            self.of_file -= bytes;
        }
        !self.is_cut
    }

    fn bound<'a>(&'a mut self, bytes: Bytes<'a>) -> Bytes<'a> {
        match bytes {
            Bytes::InMemory(bytes) => Bytes::InMemory(if self.take(bytes.len() as u64) { bytes } else { &[] }),
            Bytes::Stream { likely_size, input } => streamed(likely_size, Bounded { input, left: self }),
        }
    }
}

/// Ends at a limit or at damaged input.
struct Bounded<'a, 'b, R> {
    input: R,
    left: &'a mut Left<'b>,
}

impl<R: Read> Read for Bounded<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.is_cut {
            return Ok(0);
        }
        let got = self.input.read(buffer).unwrap_or(0);
        Ok(if self.left.take(got as u64) { got } else { 0 })
    }
}
