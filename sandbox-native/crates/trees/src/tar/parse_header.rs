//! The content of a header: its fields, overridden by the records of an extended header.
use super::fields::{checksum, read_number, read_text};
use super::reader::malformed;
use super::{BLOCK, pax};
use crate::tree::entry::{EntryKind, Header};
use crate::tree::file_tree::Xattrs;
use foundation::failure::Failure;

pub fn has_checksum(block: &[u8; BLOCK]) -> bool {
    let signed: i64 = block.iter().enumerate().map(|(at, byte)| signed_byte(at, *byte)).sum();
    read_number(&block[148..156]).is_some_and(|sum| sum == checksum(block) as i64 || sum == signed)
}

/// Old writers summed signed characters.
fn signed_byte(at: usize, byte: u8) -> i64 {
    if (148..156).contains(&at) { i64::from(b' ') } else { i64::from(byte as i8) }
}

/// Without extended headers. The kind is determined later.
pub fn plain(block: &[u8; BLOCK], size: u64) -> Result<Header, Failure> {
    let mut path = read_text(&block[0..100]).to_vec();
    // Only POSIX headers have a prefix; GNU's old ones have times there.
    if &block[257..263] == b"ustar\0" && block[345] != 0 {
        // SPEC: star has times after a shorter prefix.
        let end = if &block[508..512] == b"tar\0" { 476 } else { 500 };
        path = [read_text(&block[345..end]), b"/", &path].concat();
    }
    Ok(Header {
        path,
        kind: EntryKind::File,
        mode: (number(&block[100..108], "mode")? & 0o7777) as u32,
        uid: id(number(&block[108..116], "uid")?)?,
        gid: id(number(&block[116..124], "gid")?)?,
        size,
        is_sparse: false,
        mtime: read_number(&block[136..148]).ok_or_else(|| malformed("an mtime is not a number"))?,
        mtime_ns: 0,
        link: read_text(&block[157..257]).to_vec(),
        device: (number(&block[329..337], "device").unwrap_or(0) as u32, number(&block[337..345], "device").unwrap_or(0) as u32),
        xattrs: Xattrs::new(),
    })
}

pub fn apply_record(header: &mut Header, key: &[u8], value: &[u8]) -> Result<(), Failure> {
    // SECURITY: a size larger than any file would overflow when added to others.
    let parsed = || std::str::from_utf8(value).ok().and_then(|text| text.parse::<i64>().ok());
    let wanted = || {
        parsed()
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| malformed("a number in an extended header is malformed"))
    };
    match key {
        b"path" | b"linkpath" if value.contains(&0) => return Err(malformed("a name in an extended header is malformed")),
        b"path" => header.path = value.to_vec(),
        b"linkpath" => header.link = value.to_vec(),
        b"size" => header.size = wanted()?,
        b"uid" => header.uid = id(wanted()?)?,
        b"gid" => header.gid = id(wanted()?)?,
        b"mtime" => {
            (header.mtime, header.mtime_ns) =
                pax::parse_time(value).ok_or_else(|| malformed("a time in an extended header is malformed"))?;
        }
        key => {
            if let Some(name) = key.strip_prefix(pax::XATTR) {
                if name.contains(&0) {
                    return Err(malformed("a name of an extended attribute is malformed"));
                }
                header.xattrs.retain(|(other, _)| other != name);
                header.xattrs.push((name.to_vec(), value.to_vec()));
            }
        }
    }
    Ok(())
}

pub fn number(field: &[u8], what: &str) -> Result<u64, Failure> {
    let value = read_number(field).and_then(|value| u64::try_from(value).ok());
    value.ok_or_else(|| malformed(&format!("a {what} is not a number")))
}

fn id(value: u64) -> Result<u32, Failure> {
    u32::try_from(value).map_err(|_| malformed(&format!("owner {value} is out of range")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_no_file_can_have_is_refused() {
        let mut header = plain(&[0; BLOCK], 0).unwrap();
        for size in ["18446744073709551615", "9223372036854775808", "-1", "x", ""] {
            assert!(apply_record(&mut header, b"size", size.as_bytes()).is_err(), "{size}");
        }
        apply_record(&mut header, b"size", b"9223372036854775807").unwrap();
        assert_eq!(header.size, i64::MAX as u64);
    }
}
