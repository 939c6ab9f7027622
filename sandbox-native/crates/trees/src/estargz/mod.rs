//! eStargz: a gzip layer in which each file can be read separately. The bytes of the archive are unchanged; a table of
//! contents follows at the end. Other gzip layers belong in `compression`. SPEC: stargz-snapshotter docs/estargz.md
mod members;
mod recorded;
mod toc;

use crate::compression::compress::Packer;
use crate::streams::sink::{self, Chunks};
use crate::tar::reader::TarReader;
use crate::tree::entry::{EntryKind, Header};
use members::Members;
use recorded::Recorded;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use toc::{TOC_NAME, Toc};

/// Chunk size in which readers fetch a file.
const CHUNK_BYTES: u64 = 4 << 20;

/// Values of a written layer for manifest and configuration.
#[derive(Debug)]
pub struct Estargz {
    /// Digest of the decompressed bytes, including the table of contents.
    pub diff_id: String,
    pub size_bytes: u64,
    pub toc_digest: String,
}

/// Writes the layer; `spool` holds the table of contents until the end.
pub fn write(chunks: Chunks, output: &mut impl Write, (packer, spool): (Packer, File)) -> io::Result<Estargz> {
    let mut members = Members::new(output, packer, Toc::new(spool));
    let mut reader = TarReader::new(Recorded::new(chunks));
    while let Some(header) = reader.next().map_err(other)? {
        let head = reader.input().take_read();
        refuse(&header)?;
        members.append(&head)?;
        members.list(&header)?;
        if header.kind == EntryKind::File && header.size > 0 {
            write_file(&header, &mut reader, &mut members)?;
        }
    }
    let mut rest = reader.into_input();
    loop {
        members.append(&rest.take_read())?;
        if rest.skip_chunk()? == 0 {
            break;
        }
    }
    finish(members, rest.into_hasher())
}

fn write_file(header: &Header, reader: &mut TarReader<Recorded>, members: &mut Members<impl Write>) -> io::Result<()> {
    let mut done = 0;
    let mut whole = Sha256::new();
    while done < header.size {
        let length = (header.size - done).min(CHUNK_BYTES);
        let mut payload = vec![0; length as usize];
        reader.read_exact(&mut payload)?;
        reader.input().take_read(); // the same bytes
        if length < header.size {
            whole.update(&payload);
        }
        members.begin_chunk(payload, done)?;
        done += length;
    }
    members.end_file((header.size > CHUNK_BYTES).then(|| sink::digest_text(whole)));
    Ok(())
}

/// The table of contents is an archive in a single member, and a footer contains its offset.
fn finish<W: Write>(members: Members<W>, mut hasher: Sha256) -> io::Result<Estargz> {
    let (output, mut toc, offset, mut size_bytes) = members.finish()?;
    let toc_digest = toc.write_archive(&mut |bytes| {
        size_bytes += bytes.len() as u64;
        hasher.update(bytes);
        Ok(())
    })?;
    let mut encoder = flate2::write::GzEncoder::new(&mut *output, flate2::Compression::default());
    toc.write_archive(&mut |bytes| encoder.write_all(bytes))?;
    encoder.finish()?;
    output.write_all(&footer(offset))?;
    Ok(Estargz { diff_id: sink::digest_text(hasher), size_bytes, toc_digest })
}

/// An empty gzip member with the offset of the table of contents in its extra field.
fn footer(toc_offset: u64) -> Vec<u8> {
    let subfield = format!("{toc_offset:016x}STARGZ");
    let length = subfield.len() as u16;
    let mut footer = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255];
    footer.extend((length + 4).to_le_bytes());
    footer.extend(b"SG");
    footer.extend(length.to_le_bytes());
    footer.extend(subfield.as_bytes());
    // An empty stored block, and the checksum and length of no data.
    footer.extend([1, 0, 0, 0xff, 0xff]);
    footer.extend([0; 8]);
    footer
}

fn refuse(header: &Header) -> io::Result<()> {
    if crate::tree::path::clean(&header.path) == TOC_NAME.as_bytes() {
        return Err(io::Error::other(format!("the layer has a file \"{TOC_NAME}\", the name of the table of contents")));
    }
    if header.is_sparse {
        let path = String::from_utf8_lossy(&header.path);
        return Err(io::Error::other(format!("the layer stores \"{path}\" as a sparse file, which eStargz does not have")));
    }
    Ok(())
}

fn other(failure: foundation::failure::Failure) -> io::Error {
    io::Error::other(failure.message)
}
