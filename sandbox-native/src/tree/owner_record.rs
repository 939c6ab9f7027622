//! Owners of files where this process has one id only: they are written down in an attribute, as they can't be given.
use super::beneath::Beneath;
use super::meta::{Kind, Meta};
use rustix::fs::XattrFlags;
use rustix::io::{Errno, Result};
use std::os::fd::BorrowedFd;
use std::sync::OnceLock;

const NAME: &str = "user.tsbuild.owner";

/// Whether this user namespace maps a single id.
pub fn is_used() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| std::fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| maps_one_id(&map)))
}

fn maps_one_id(map: &str) -> bool {
    let counts: Vec<&str> = map.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    counts == ["1"]
}

/// Symbolic links and special files can't carry the attribute; they stay the caller's.
pub fn write(file: BorrowedFd, uid: u32, gid: u32) -> Result<()> {
    match rustix::fs::fsetxattr(file, NAME, format!("{uid}:{gid}").as_bytes(), XattrFlags::empty()) {
        Err(Errno::NOTSUP) => Ok(()),
        done => done,
    }
}

/// Puts the owner that was written down in the place of the one on disk.
pub fn apply(tree: &Beneath, path: &[u8], meta: &mut Meta) -> Result<()> {
    if !is_used() || !matches!(meta.kind, Kind::File | Kind::Directory) {
        return Ok(());
    }
    let Some(value) = tree.xattr(path, NAME)? else { return Ok(()) };
    let owner = std::str::from_utf8(&value).ok().and_then(|text| text.split_once(':'));
    if let Some((Ok(uid), Ok(gid))) = owner.map(|(uid, gid)| (uid.parse(), gid.parse())) {
        (meta.uid, meta.gid) = (uid, gid);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_written_down_under_one_id_only() {
        assert!(maps_one_id("         0       1000          1\n"));
        assert!(!maps_one_id("         0          0 4294967295\n"));
        assert!(!maps_one_id("         0       1000          1\n         1     100000      65536\n"));
    }
}
