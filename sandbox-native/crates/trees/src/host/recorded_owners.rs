//! Recorded owners in trees of this store: see owner_record.rs.
use super::beneath::{Beneath, read_xattr};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use foundation::owner_record::{self, OF_NAMES, OWN, Record};
use rustix::fs::XattrFlags;
use rustix::io::Result;
use std::os::fd::BorrowedFd;

/// Replaces the metadata on disk by the record.
pub fn apply(tree: &Beneath, path: &[u8], meta: &mut Meta) -> Result<()> {
    let found = match meta.kind {
        _ if !owner_record::is_used() => None,
        kind if !are_by_name(kind) => tree.xattr(path, OWN)?.and_then(|text| Record::parse(&text)),
        _ => {
            let (directory, name) = path::split(path);
            tree.xattr(directory, OF_NAMES)?.and_then(|list| owner_record::of_name(&list, name))
        }
    };
    let Some(record) = found else { return Ok(()) };
    (meta.uid, meta.gid) = (record.uid, record.gid);
    if let (Kind::File, Some(device)) = (meta.kind, record.device) {
        meta.kind = if device.is_block { Kind::BlockDevice } else { Kind::CharDevice };
        (meta.device, meta.size) = ((device.major, device.minor), 0);
    }
    Ok(())
}

/// Files that cannot have attributes have their record in the parent directory.
pub fn are_by_name(kind: Kind) -> bool {
    !matches!(kind, Kind::File | Kind::Directory)
}

/// Writes the record of a file that cannot have attributes.
pub fn write_of_name(directory: BorrowedFd, name: &[u8], record: Record) -> Result<()> {
    let before = read_xattr(directory, OF_NAMES.as_bytes())?.unwrap_or_default();
    let after = owner_record::with_name(&before, name, record);
    if after == before {
        return Ok(());
    }
    match rustix::fs::fsetxattr(directory, OF_NAMES, &after, XattrFlags::empty()) {
        Err(errno) if owner_record::is_absent(errno) => Ok(()),
        done => done,
    }
}
