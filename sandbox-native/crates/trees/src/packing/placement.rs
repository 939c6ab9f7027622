//! Destinations of copied files: missing parents, links in the destination, names in directories.
use super::pending::Pending;
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::LinkTree;
use crate::tree::follow;
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use foundation::failure::Failure;

/// Owner, mode and time of created directories.
#[derive(Clone, Copy)]
pub struct Maker {
    /// None: as the kernel sets them for root.
    pub owner: Option<(u32, u32)>,
    pub mode: u32,
    pub mtime: i64,
}

impl Maker {
    /// SPEC: Docker creates them with mkdir, by which they inherit the set-group-ID bit and the group.
    fn directory(&self, parent: Option<&Meta>) -> Meta {
        let inherited = parent.filter(|parent| parent.mode & SET_GROUP_ID != 0);
        let mut meta = Meta::planned(Kind::Directory, self.mode | inherited.map_or(0, |_| SET_GROUP_ID), self.mtime);
        (meta.uid, meta.gid) = self.owner.unwrap_or((0, inherited.map_or(0, |parent| parent.gid)));
        meta
    }
}

pub const USUAL_MODE: u32 = 0o755;
const SET_GROUP_ID: u32 = 0o2000;

/// Creates a directory and its missing parents; links are followed. Returns its real path.
pub fn make_directories(pending: &mut Pending, wanted: &[u8], maker: Maker) -> Result<Vec<u8>, Failure> {
    let real = follow::resolve(pending, wanted, true)?;
    let with_self = [&real[..], b"/"].concat();
    let mut parent = pending.lookup(b"")?;
    let mut is_missing = false;
    for directory in path::ancestors(&with_self) {
        match if is_missing { None } else { pending.lookup(directory)? } {
            Some(meta) if meta.is_directory() => parent = Some(meta),
            Some(_) => return Err(no_directory(directory)),
            None => {
                if !is_missing {
                    pending.touch(path::split(directory).0, maker.mtime)?;
                }
                let meta = maker.directory(parent.as_ref());
                parent = Some(meta);
                is_missing = true;
                let header = Header::from_meta(directory.to_vec(), EntryKind::Directory, &meta);
                pending.put_new(Entry { header, source: Source::None });
            }
        }
    }
    Ok(real)
}

/// The real path of a destination, and its metadata. Creates its parents, including those that a dangling link leads to.
pub fn destination(pending: &mut Pending, to: &str, maker: Maker) -> Result<(Vec<u8>, Option<Meta>), Failure> {
    let cleaned = path::clean(to.as_bytes());
    let parent = if is_directory_name(to) { &cleaned[..] } else { path::split(&cleaned).0 };
    make_directories(pending, parent, maker)?;
    let real = follow::resolve(pending, &cleaned, true)?;
    let found = pending.lookup(&real)?;
    if found.is_none() {
        make_directories(pending, path::split(&real).0, maker)?;
    }
    Ok((real, found))
}

pub fn is_directory_name(to: &str) -> bool {
    to.ends_with('/') || to.ends_with("/.") || to.is_empty()
}

pub fn no_directory(path: &[u8]) -> Failure {
    Failure::new("TREE_DESTINATION", format!("Cannot write into \"{}\": a file (expected a directory)", path::show(path)))
}
