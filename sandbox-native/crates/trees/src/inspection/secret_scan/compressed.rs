//! The content of compressed files and of text in UTF-16, one level deep and up to a limit. Damaged files are read as far
//! as possible.
use super::utf16::{self, Narrowed};
use super::{inflate, zip};
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

/// The first bytes of a stream, which identify the compression.
pub struct Headed<R> {
    pub input: R,
    pub head: Vec<u8>,
}

impl<R: Read> Read for Headed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        let missing = decompress::HEAD_BYTES - self.head.len();
        self.head.extend(&buffer[..got.min(missing)]);
        Ok(got)
    }
}

/// Calls back with each content, its name after the path and its likely size; returns whether a limit was reached.
pub fn each_content(
    (content, head): (&Content, &[u8]),
    budget: &Budget,
    mut found: impl FnMut(&str, u64, &mut dyn Read),
) -> bool {
    let mut left = Left { of_file: MAX_FILE_BYTES, budget, is_cut: false };
    if head.starts_with(zip::MAGIC) {
        for member in zip::members(content) {
            let whole = if left.has(member.size) { inflate::inflate(&member.content, member.size) } else { None };
            let stream = || flate2::read::DeflateDecoder::new(RangeReader::new(member.content));
            let input: Box<dyn Read> =
                whole.map_or_else(|| Box::new(stream()) as Box<dyn Read>, |whole| Box::new(io::Cursor::new(whole)));
            found(&format!("!/{}", member.name), member.size, &mut Bounded { input, left: &mut left });
            if left.is_cut {
                break;
            }
        }
    } else if head.starts_with(utf16::LITTLE_ENDIAN) || head.starts_with(utf16::BIG_ENDIAN) {
        let input = Narrowed { input: RangeReader::new(content.clone()), is_big_endian: head.starts_with(utf16::BIG_ENDIAN) };
        found(" (UTF-16)", content.size / 2, &mut Bounded { input, left: &mut left });
    } else if let Some(input) = decompressed(content, head, &left) {
        found(" (decompressed)", content.size.saturating_mul(USUAL_RATIO), &mut Bounded { input, left: &mut left });
    }
    left.is_cut
}

fn decompressed(content: &Content, head: &[u8], left: &Left) -> Option<Box<dyn Read>> {
    let format = decompress::format_of(head);
    if format == Format::Gzip
        && left.has(content.size)
        && let Some(whole) = inflate::gunzip(content)
    {
        return Some(Box::new(io::Cursor::new(whole)));
    }
    let input = RangeReader::new(content.clone());
    if format == Format::Plain { None } else { Some(decompress::open(format, input, None).ok()?) }
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
        if got as u64 > self.left.of_file || !self.left.budget.take(got as u64) {
            self.left.is_cut = true;
            return Ok(0);
        }
        self.left.of_file -= got as u64;
        Ok(got)
    }
}
