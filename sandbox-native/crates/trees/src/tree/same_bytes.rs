//! Compares the bytes of two streams.
use std::io::{self, ErrorKind, Read};

pub fn same_bytes(one: &mut dyn Read, other: &mut dyn Read) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; 128 << 10], vec![0; 128 << 10]);
    loop {
        let got = one.read(&mut left)?;
        if got == 0 {
            return Ok(other.read(&mut right)? == 0);
        }
        match other.read_exact(&mut right[..got]) {
            Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            read => read?,
        }
        if left[..got] != right[..got] {
            return Ok(false);
        }
    }
}
