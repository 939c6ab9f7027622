//! Text in UTF-16 with a byte order mark, as Windows programs write it, converted to ASCII: secrets contain no other
//! characters.
use std::io::{self, Read};

pub const LITTLE_ENDIAN: &[u8] = &[0xff, 0xfe];
pub const BIG_ENDIAN: &[u8] = &[0xfe, 0xff];

pub struct Narrowed<R> {
    pub input: R,
    pub is_big_endian: bool,
}

impl<R: Read> Read for Narrowed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut units = vec![0; 2 * buffer.len()];
        let mut filled = 0;
        // A code unit is not split between two reads.
        while filled == 0 || filled % 2 == 1 {
            match self.input.read(&mut units[filled..])? {
                0 => break,
                got => filled += got,
            }
        }
        for (unit, byte) in units[..filled].chunks_exact(2).zip(&mut *buffer) {
            let [low, high] = if self.is_big_endian { [unit[1], unit[0]] } else { [unit[0], unit[1]] };
            *byte = if high == 0 { low } else { b'?' };
        }
        Ok(filled / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_units_are_converted_with_reads_of_any_length() {
        struct OneByOne<'a>(&'a [u8]);
        impl Read for OneByOne<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = buffer.len().min(1);
                (&mut self.0).read(&mut buffer[..length])
            }
        }
        for is_big_endian in [false, true] {
            let bytes: Vec<u8> =
                "key=ö€!".encode_utf16().flat_map(if is_big_endian { u16::to_be_bytes } else { u16::to_le_bytes }).collect();
            let mut text = Vec::new();
            Narrowed { input: OneByOne(&bytes), is_big_endian }.read_to_end(&mut text).unwrap();
            assert_eq!(text, b"key=\xf6?!");
        }
    }
}
