//! Encodes the header blocks of an entry. Equal entries have equal bytes.
use super::fields::{checksum, put_octal};
use super::{BLOCK, padding, pax};
use crate::tree::entry::{EntryKind, Header};
use crate::tree::path;

/// Field sizes of a plain header.
const NAME_BYTES: usize = 100;
const PREFIX_BYTES: usize = 155;

/// Keys and values of an extended header.
type Records = Vec<(Vec<u8>, Vec<u8>)>;

/// Appends the header of an entry, preceded by an extended header for values that the plain fields cannot store: byte for
/// byte as Go's archive/tar, and therefore BuildKit, writes it.
pub fn encode(out: &mut Vec<u8>, entry: &Header) {
    let mut records = Records::new();
    let mut block = [0u8; BLOCK];
    let mut name = entry.path.clone();
    if entry.kind == EntryKind::Directory {
        name.push(b'/');
    }
    put_name(&mut block[0..100], &mut records, (b"path", &name));
    put_name(&mut block[157..257], &mut records, (b"linkpath", &entry.link));
    put_octal(&mut block[100..108], u64::from(entry.mode & 0o7777));
    put_number(&mut block[108..116], &mut records, (b"uid", u64::from(entry.uid)));
    put_number(&mut block[116..124], &mut records, (b"gid", u64::from(entry.gid)));
    put_number(&mut block[124..136], &mut records, (b"size", entry.size));
    put_time(&mut block[136..148], &mut records, entry);
    for (key, value) in &entry.xattrs {
        records.push(([pax::XATTR, key].concat(), value.clone()));
    }
    put_octal(&mut block[329..337], u64::from(entry.device.0));
    put_octal(&mut block[337..345], u64::from(entry.device.1));
    match &records[..] {
        [] => {}
        [(key, _)] if key == b"path" && put_prefix(&mut block, &name) => {}
        _ => put_extended(out, &name, records),
    }
    seal(&mut block, type_flag(entry.kind));
    out.extend_from_slice(&block);
}

/// A long name needs no extended header if it can be split at a slash.
fn put_prefix(block: &mut [u8; BLOCK], name: &[u8]) -> bool {
    if name.len() <= NAME_BYTES || !name.is_ascii() {
        return false;
    }
    let searched = if name.len() > PREFIX_BYTES + 1 { PREFIX_BYTES + 1 } else { without_slashes(name) };
    let Some(at) = name[..searched].iter().rposition(|byte| *byte == b'/') else { return false };
    let (prefix, rest) = (&name[..at], &name[at + 1..]);
    if prefix.is_empty() || rest.is_empty() || rest.len() > NAME_BYTES {
        return false;
    }
    block[..NAME_BYTES].fill(0);
    block[..rest.len()].copy_from_slice(rest);
    block[345..345 + prefix.len()].copy_from_slice(prefix);
    true
}

fn type_flag(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::File => b'0',
        EntryKind::HardLink => b'1',
        EntryKind::Symlink => b'2',
        EntryKind::CharDevice => b'3',
        EntryKind::BlockDevice => b'4',
        EntryKind::Directory => b'5',
        EntryKind::Fifo => b'6',
    }
}

fn put_extended(out: &mut Vec<u8>, name: &[u8], mut records: Records) {
    let mut block = [0u8; BLOCK];
    let shown = extended_name(name);
    block[..shown.len()].copy_from_slice(&shown);
    for field in [100..108, 108..116, 116..124, 136..148] {
        put_octal(&mut block[field], 0);
    }
    records.sort();
    let mut bytes = Vec::new();
    for (key, value) in &records {
        pax::put(&mut bytes, key, value);
    }
    put_octal(&mut block[124..136], bytes.len() as u64);
    seal(&mut block, b'x');
    out.extend_from_slice(&block);
    out.extend_from_slice(&bytes);
    out.resize(out.len() + padding(bytes.len() as u64), 0);
}

/// `PaxHeaders.0` in the directory of the entry, or in the entry if it is a directory.
fn extended_name(name: &[u8]) -> Vec<u8> {
    let (directory, base) = path::split(name);
    let parts = [directory, b"PaxHeaders.0", base];
    let joined = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(&b'/');
    let mut shown = ascii(&joined);
    shown.truncate(NAME_BYTES);
    shown.truncate(without_slashes(&shown));
    shown
}

fn seal(block: &mut [u8; BLOCK], type_flag: u8) {
    block[156] = type_flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum = checksum(block);
    put_octal(&mut block[148..155], sum);
    block[155] = b' ';
}

fn put_name(field: &mut [u8], records: &mut Records, (key, value): (&[u8], &[u8])) {
    let shown = ascii(value);
    let fits = shown.len().min(field.len());
    field[..fits].copy_from_slice(&shown[..fits]);
    // Some readers treat a file whose truncated name ends with a slash as a directory.
    if shown.len() > fits && field[fits - 1] == b'/' {
        let end = without_slashes(field);
        field[end] = 0;
    }
    if value.len() > field.len() || !value.is_ascii() {
        records.push((key.to_vec(), value.to_vec()));
    }
}

fn ascii(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(u8::is_ascii).collect()
}

/// The length without trailing slashes.
fn without_slashes(text: &[u8]) -> usize {
    text.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1)
}

fn put_number(field: &mut [u8], records: &mut Records, (key, value): (&[u8], u64)) {
    if !put_octal(field, value) {
        put_octal(field, 0);
        records.push((key.to_vec(), value.to_string().into_bytes()));
    }
}

fn put_time(field: &mut [u8], records: &mut Records, entry: &Header) {
    let plain = u64::try_from(entry.mtime).ok().filter(|_| entry.mtime_ns == 0);
    if plain.is_some_and(|seconds| put_octal(field, seconds)) {
        return;
    }
    put_octal(field, 0);
    // `seconds` decreases before 1970, the fraction always increases.
    let total = i128::from(entry.mtime) * 1_000_000_000 + i128::from(entry.mtime_ns);
    let sign = if total < 0 { "-" } else { "" };
    let (whole, rest) = (total.abs() / 1_000_000_000, total.abs() % 1_000_000_000);
    let text =
        if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:09}").trim_end_matches('0').to_owned() };
    records.push((b"mtime".to_vec(), text.into_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::meta::{Kind, Meta};

    /// Type flags, names and prefixes of the headers.
    fn headers(path: &str, kind: EntryKind) -> Vec<(char, String, String)> {
        let mut entry = Header::from_meta(path.into(), kind, &Meta::planned(Kind::File, 0o644, 0));
        entry.xattrs = Vec::new();
        let mut out = Vec::new();
        encode(&mut out, &entry);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
        let is_header = |block: &&[u8]| &block[257..262] == b"ustar";
        let shown = |block: &[u8]| (char::from(block[156]), text(&block[..100]), text(&block[345..500]));
        out.chunks(BLOCK).filter(is_header).map(shown).collect()
    }

    /// As written by BuildKit 0.34.
    #[test]
    fn names_are_encoded_as_in_go() {
        let long = "0".repeat(120);
        let plain = |flag: char, name: &str| (flag, name.to_owned(), String::new());
        assert_eq!(headers("ü", EntryKind::Directory), [plain('x', "/PaxHeaders.0"), plain('5', "/")]);
        assert_eq!(headers("x/ü", EntryKind::File), [plain('x', "x/PaxHeaders.0"), plain('0', "x/")]);
        assert_eq!(headers(&long, EntryKind::Directory), [plain('x', &long[..100]), plain('5', &long[..100])]);
        assert_eq!(headers(&format!("{long}/f"), EntryKind::File), [('0', "f".to_owned(), long.clone())]);
        assert_eq!(headers(&format!("{long}/e"), EntryKind::Directory), [('5', "e/".to_owned(), long)]);
    }
}
