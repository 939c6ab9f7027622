//! Where copied files land: parents that must be made, links in the destination, names in directories.
use super::entry::{Entry, EntryKind, Header, Source};
use super::file_tree::LinkTree;
use super::follow;
use super::meta::{Kind, Meta};
use super::path;
use super::pending::Pending;
use crate::failure::Failure;

/// Owner and time of directories that have to be made.
#[derive(Clone, Copy)]
pub struct Maker {
    pub uid: u32,
    pub gid: u32,
    pub mtime: i64,
}

/// Makes a directory and its parents where they are missing; links on the way are followed. Returns its real path.
pub fn make_directories(pending: &mut Pending, wanted: &[u8], mode: u32, maker: Maker) -> Result<Vec<u8>, Failure> {
    let real = follow::resolve(pending, wanted, true)?;
    let with_self = [&real[..], b"/"].concat();
    for directory in path::ancestors(&with_self) {
        match pending.lookup(directory)? {
            Some(meta) if meta.is_directory() => {}
            Some(_) => return Err(no_directory(directory)),
            None => {
                let mut meta = Meta::planned(Kind::Directory, mode, maker.mtime);
                (meta.uid, meta.gid) = (maker.uid, maker.gid);
                let header = Header::from_meta(directory.to_vec(), EntryKind::Directory, &meta);
                pending.put(Entry { header, source: Source::None });
            }
        }
    }
    Ok(real)
}

/// The real path of a destination, and whether a directory is there.
pub fn destination(pending: &mut Pending, to: &str, maker: Maker) -> Result<(Vec<u8>, Option<Meta>), Failure> {
    let cleaned = path::clean(to.as_bytes());
    let parent = if is_directory_name(to) { &cleaned[..] } else { path::split(&cleaned).0 };
    make_directories(pending, parent, 0o755, maker)?;
    let real = follow::resolve(pending, &cleaned, true)?;
    let found = pending.lookup(&real)?;
    Ok((real, found))
}

pub fn is_directory_name(to: &str) -> bool {
    to.ends_with('/') || to.ends_with("/.") || to.is_empty()
}

pub fn no_directory(path: &[u8]) -> Failure {
    Failure::new("TREE_DESTINATION", format!("Cannot put anything into \"{}\": it is a file (a directory)", path::show(path)))
}
