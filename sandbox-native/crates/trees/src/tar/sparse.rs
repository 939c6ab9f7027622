//! Sparse files: an archive contains only their data. SPEC: GNU tar manual, "Sparse Formats".
use super::fields::{read_number, read_text};
use super::{BLOCK, reader::malformed};
use crate::tree::file_tree::FileData;
use foundation::failure::Failure;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// SECURITY: held in memory, therefore the archive must not determine the number.
const MAX_RUNS: usize = 1 << 20;
const MAX_DIGITS: usize = 20;
/// Runs in an old GNU header, and in each block that continues it.
const RUN_BYTES: usize = 24;
const FIRST_RUNS: std::ops::Range<usize> = 386..482;
const IS_CONTINUED: usize = 482;
const REAL_SIZE: std::ops::Range<usize> = 483..495;
const FURTHER_RUNS: std::ops::Range<usize> = 0..504;
const IS_CONTINUED_FURTHER: usize = 504;

/// Bytes at an offset of the file; the gaps between runs are zeros.
#[derive(Clone, Copy)]
struct Run {
    offset: u64,
    length: u64,
}

/// A sparse file that is being read.
pub struct Sparse {
    runs: Vec<Run>,
    current: usize,
    at: u64,
    size: u64,
}

pub enum Piece {
    Hole(u64),
    Data(u64),
}

impl Sparse {
    /// SECURITY: runs must be ordered, disjoint and within the file, and their total must be the stored size.
    fn new(runs: Vec<Run>, size: u64, stored: u64) -> Result<Sparse, Failure> {
        let (mut end, mut total) = (0u64, 0u64);
        for Run { offset, length } in &runs {
            let next = offset.checked_add(*length).filter(|next| *offset >= end && *next <= size && *next <= i64::MAX as u64);
            end = next.ok_or_else(|| malformed("the map of a sparse file is malformed"))?;
            total += length;
        }
        if total != stored {
            return Err(malformed(&format!("a sparse file stores {stored} bytes ({total} by its map)")));
        }
        Ok(Sparse { runs, current: 0, at: 0, size })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// What comes next, with its length.
    pub fn piece(&mut self) -> Option<Piece> {
        while self.runs.get(self.current).is_some_and(|run| run.offset + run.length <= self.at) {
            self.current += 1;
        }
        match self.runs.get(self.current) {
            Some(run) if run.offset <= self.at => Some(Piece::Data(run.offset + run.length - self.at)),
            Some(run) => Some(Piece::Hole(run.offset - self.at)),
            None if self.at < self.size => Some(Piece::Hole(self.size - self.at)),
            None => None,
        }
    }

    pub fn advance(&mut self, bytes: u64) {
        self.at += bytes;
    }
}

#[cfg(test)]
pub fn of_runs(runs: &[(u64, u64)], size: u64, stored: u64) -> Result<Sparse, Failure> {
    Sparse::new(runs.iter().map(|(offset, length)| Run { offset: *offset, length: *length }).collect(), size, stored)
}

/// Type `S`. `next_block` reads the blocks that continue the header.
pub fn of_gnu_header(
    block: &[u8; BLOCK],
    stored: u64,
    mut next_block: impl FnMut() -> Result<[u8; BLOCK], Failure>,
) -> Result<Sparse, Failure> {
    let mut runs = Vec::new();
    let mut is_continued = block[IS_CONTINUED] != 0;
    let mut is_open = take_runs(&block[FIRST_RUNS], &mut runs)?;
    while is_continued {
        let further = next_block()?;
        is_continued = further[IS_CONTINUED_FURTHER] != 0;
        is_open = is_open && take_runs(&further[FURTHER_RUNS], &mut runs)?;
    }
    let size = binary(&block[REAL_SIZE])?;
    Sparse::new(runs, size, stored)
}

/// False at the end of the list.
fn take_runs(fields: &[u8], runs: &mut Vec<Run>) -> Result<bool, Failure> {
    for field in fields.chunks_exact(RUN_BYTES) {
        if field[0] == 0 {
            return Ok(false);
        }
        if runs.len() == MAX_RUNS {
            return Err(too_many());
        }
        runs.push(Run { offset: binary(&field[..12])?, length: binary(&field[12..])? });
    }
    Ok(true)
}

fn binary(field: &[u8]) -> Result<u64, Failure> {
    let value = read_number(field).and_then(|value| u64::try_from(value).ok());
    value.ok_or_else(|| malformed("a number of a sparse file is malformed"))
}

/// The holes in the extended header of a file.
#[derive(Default)]
pub struct PaxSparse {
    major: Option<u64>,
    minor: Option<u64>,
    pub name: Option<Vec<u8>>,
    size: Option<u64>,
    run_count: Option<u64>,
    numbers: Vec<u64>,
}

impl PaxSparse {
    /// Takes one record `GNU.sparse.<key>`.
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        match key {
            b"major" => self.major = Some(decimal(value)?),
            b"minor" => self.minor = Some(decimal(value)?),
            b"name" if value.contains(&0) => return Err(malformed("the name of a sparse file is malformed")),
            b"name" if !value.is_empty() => self.name = Some(value.to_vec()),
            b"size" | b"realsize" => self.size = Some(decimal(value)?),
            b"numblocks" => self.run_count = Some(decimal(value)?),
            b"map" if !value.is_empty() => {
                self.numbers = value.split(|byte| *byte == b',').map(decimal).collect::<Result<_, _>>()?
            }
            b"offset" if self.numbers.len().is_multiple_of(2) => self.numbers.push(decimal(value)?),
            b"numbytes" if self.numbers.len() % 2 == 1 => self.numbers.push(decimal(value)?),
            b"offset" | b"numbytes" => return Err(malformed("the map of a sparse file is malformed")),
            _ => {}
        }
        Ok(())
    }

    /// The file, if it is sparse in a known format. `data` returns the stored bytes; version 1.0 stores its map in the
    /// first of them.
    pub fn open(self, stored: u64, data: &mut dyn Read) -> Result<Option<Sparse>, Failure> {
        let size = self.size.unwrap_or(stored);
        match (self.major, self.minor) {
            (Some(1), Some(0)) => {
                let (numbers, read) = map_in_data(data)?;
                let left = stored.checked_sub(read).ok_or_else(|| malformed("the map of a sparse file is too long"))?;
                Sparse::new(runs_of(&numbers), size, left).map(Some)
            }
            (Some(0), Some(0 | 1)) | (None, None) if self.run_count.is_some() || !self.numbers.is_empty() => {
                if self.numbers.len() as u64 != self.run_count.unwrap_or(0).saturating_mul(2) {
                    return Err(malformed("the map of a sparse file does not have its stated length"));
                }
                Sparse::new(runs_of(&self.numbers), size, stored).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn runs_of(numbers: &[u64]) -> Vec<Run> {
    numbers.chunks_exact(2).map(|pair| Run { offset: pair[0], length: pair[1] }).collect()
}

/// Lines of decimal numbers, preceded by the number of pairs, padded to whole blocks.
fn map_in_data(data: &mut dyn Read) -> Result<(Vec<u64>, u64), Failure> {
    let (mut numbers, mut digits, mut read) = (Vec::new(), Vec::new(), 0);
    let mut wanted = None;
    loop {
        let mut block = [0u8; BLOCK];
        data.read_exact(&mut block).map_err(|_| malformed("the map of a sparse file ends too early"))?;
        read += BLOCK as u64;
        for byte in block {
            if byte != b'\n' {
                digits.push(byte);
                if digits.len() > MAX_DIGITS {
                    return Err(malformed("the map of a sparse file is malformed"));
                }
                continue;
            }
            let number = decimal(&digits)?;
            digits.clear();
            match wanted {
                None if number > MAX_RUNS as u64 => return Err(too_many()),
                None => wanted = Some(number as usize * 2),
                Some(_) => numbers.push(number),
            }
            if wanted == Some(numbers.len()) {
                return Ok((numbers, read));
            }
        }
    }
}

fn decimal(value: &[u8]) -> Result<u64, Failure> {
    let text = std::str::from_utf8(read_text(value)).ok();
    let number = text.and_then(|text| text.parse::<i64>().ok()).and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| malformed("a number of a sparse file is malformed"))
}

fn too_many() -> Failure {
    malformed(&format!("a sparse file has more than {MAX_RUNS} runs of data"))
}

/// Writes a file whose holes occupy no space.
pub fn copy_with_holes(data: &mut dyn FileData, (file, size): (&mut File, u64), buffer: &mut [u8]) -> io::Result<()> {
    let mut at = 0;
    while at < size {
        at += data.skip_hole();
        file.seek(SeekFrom::Start(at))?;
        let length = buffer.len().min(usize::try_from(size - at).unwrap_or(usize::MAX));
        let got = data.read(&mut buffer[..length])?;
        if got == 0 && at < size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.write_all(&buffer[..got])?;
        at += got as u64;
    }
    file.set_len(size)
}
