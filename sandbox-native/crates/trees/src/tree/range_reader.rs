//! Reads part of a file as a stream, without moving the file's own position.
use super::file_tree::{Content, FileData};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

pub struct RangeReader {
    content: Content,
    done: u64,
}

impl RangeReader {
    pub fn new(content: Content) -> RangeReader {
        RangeReader { content, done: 0 }
    }
}

impl FileData for RangeReader {}

impl Read for RangeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.content.size - self.done).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        if length == 0 {
            return Ok(0);
        }
        let got = self.content.file.read_at(&mut buffer[..length], self.content.offset + self.done)?;
        self.done += got as u64;
        Ok(got)
    }
}
