//! The verb uncompress: an archive from standard input, uncompressed, to standard output.
use super::decompress::{self, HEAD_BYTES};
use foundation::failure::Failure;
use protocol::{UncompressRequest, UncompressResult};
use std::io::{self, BufReader, Read, Write};

const BUFFER_BYTES: usize = 256 << 10;

pub fn uncompress(_: &UncompressRequest) -> Result<UncompressResult, Failure> {
    let unreadable = |cause| Failure::kernel("TREE_ARCHIVE", "read the archive", cause);
    let mut head = Vec::new();
    io::stdin().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
    let format = decompress::format_of(&head);
    let whole = io::Cursor::new(head).chain(io::stdin());
    let mut input = decompress::open(format, BufReader::with_capacity(BUFFER_BYTES, whole), None)?;
    let mut output = io::stdout().lock();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size_bytes = 0;
    loop {
        let got = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) => got,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(unreadable(cause)),
        };
        output.write_all(&buffer[..got]).map_err(unwritable)?;
        size_bytes += got as u64;
    }
    output.flush().map_err(unwritable)?;
    Ok(UncompressResult { size_bytes })
}

fn unwritable(cause: io::Error) -> Failure {
    Failure::kernel("TREE_WRITE", "write the archive", cause)
}
