//! POSIX tar with extended headers, read and written as entries. `unpacking` applies entries to a tree.
pub mod fields;
pub mod header;
pub mod index;
pub mod index_codec;
mod parse_header;
pub mod pax;
#[cfg(test)]
mod properties;
pub mod reader;
pub mod sparse;
pub mod writer;

pub const BLOCK: usize = 512;

/// Bytes that fill the last block of a file.
pub fn padding(size: u64) -> usize {
    ((BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64) as usize
}
