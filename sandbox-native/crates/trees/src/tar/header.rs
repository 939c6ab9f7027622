//! Encodes the header blocks of an entry. Equal entries give equal bytes.
use super::fields::{checksum, put_octal};
use super::{BLOCK, padding, pax};
use crate::tree::entry::{EntryKind, Header};

/// Appends the header of an entry, and before it an extended header for what the plain fields can't hold.
pub fn encode(out: &mut Vec<u8>, entry: &Header) {
    let mut records = Vec::new();
    let mut block = [0u8; BLOCK];
    let mut name = entry.path.clone();
    if entry.kind == EntryKind::Directory {
        name.push(b'/');
    }
    put_name(&mut block[0..100], &mut records, b"path", &name);
    put_name(&mut block[157..257], &mut records, b"linkpath", &entry.link);
    put_octal(&mut block[100..108], u64::from(entry.mode & 0o7777));
    put_number(&mut block[108..116], &mut records, b"uid", u64::from(entry.uid));
    put_number(&mut block[116..124], &mut records, b"gid", u64::from(entry.gid));
    put_number(&mut block[124..136], &mut records, b"size", entry.size);
    put_time(&mut block[136..148], &mut records, entry);
    for (key, value) in &entry.xattrs {
        pax::put(&mut records, &[pax::XATTR, key].concat(), value);
    }
    put_octal(&mut block[329..337], u64::from(entry.device.0));
    put_octal(&mut block[337..345], u64::from(entry.device.1));
    if !records.is_empty() {
        put_extended(out, entry, &records);
    }
    seal(&mut block, type_flag(entry.kind));
    out.extend_from_slice(&block);
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

fn put_extended(out: &mut Vec<u8>, entry: &Header, records: &[u8]) {
    let mut block = [0u8; BLOCK];
    let base = crate::tree::path::split(&entry.path).1;
    let name = [b"PaxHeaders.0/", &base[..base.len().min(80)]].concat();
    block[..name.len()].copy_from_slice(&name);
    for field in [100..108, 108..116, 116..124, 136..148] {
        put_octal(&mut block[field], 0);
    }
    put_octal(&mut block[124..136], records.len() as u64);
    seal(&mut block, b'x');
    out.extend_from_slice(&block);
    out.extend_from_slice(records);
    out.resize(out.len() + padding(records.len() as u64), 0);
}

fn seal(block: &mut [u8; BLOCK], type_flag: u8) {
    block[156] = type_flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum = checksum(block);
    put_octal(&mut block[148..155], sum);
    block[155] = b' ';
}

fn put_name(field: &mut [u8], records: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let fits = value.len().min(field.len());
    field[..fits].copy_from_slice(&value[..fits]);
    if value.len() > field.len() || !value.is_ascii() {
        pax::put(records, key, value);
    }
}

fn put_number(field: &mut [u8], records: &mut Vec<u8>, key: &[u8], value: u64) {
    if !put_octal(field, value) {
        put_octal(field, 0);
        pax::put(records, key, value.to_string().as_bytes());
    }
}

fn put_time(field: &mut [u8], records: &mut Vec<u8>, entry: &Header) {
    let plain = u64::try_from(entry.mtime).ok().filter(|_| entry.mtime_ns == 0);
    if plain.is_some_and(|seconds| put_octal(field, seconds)) {
        return;
    }
    put_octal(field, 0);
    // `seconds` counts downwards before 1970, the fraction always upwards.
    let total = i128::from(entry.mtime) * 1_000_000_000 + i128::from(entry.mtime_ns);
    let sign = if total < 0 { "-" } else { "" };
    let (whole, rest) = (total.abs() / 1_000_000_000, total.abs() % 1_000_000_000);
    let text =
        if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:09}").trim_end_matches('0').to_owned() };
    pax::put(records, b"mtime", text.as_bytes());
}
