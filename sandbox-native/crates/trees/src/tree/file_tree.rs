//! Readable file trees: a directory of the host, or merged layers.
use super::meta::Meta;
use foundation::failure::Failure;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

/// Extended attributes by name, sorted.
pub type Xattrs = Vec<(Vec<u8>, Vec<u8>)>;

/// The bytes of one file, at an offset of an open file.
#[derive(Clone)]
pub struct Content {
    pub file: Arc<File>,
    pub offset: u64,
    pub size: u64,
}

/// The bytes of one file as a stream.
pub trait FileData: Read {
    /// Skips the zeros that come next if they are a hole, and returns their number.
    fn skip_hole(&mut self) -> u64 {
        0
    }
}

impl FileData for std::io::Empty {}

/// What the resolution of links requires. Paths are relative to the root, without leading or trailing slash; the root is
/// the empty path. No method follows links: a path through one does not exist.
pub trait LinkTree: Sync {
    fn lookup(&self, path: &[u8]) -> Result<Option<Meta>, Failure>;
    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure>;
}

pub trait FileTree: LinkTree + Send {
    /// Processes may write to it: files that vanish are left out, and files have the size that they had when opened.
    fn may_change(&self) -> bool {
        false
    }
    /// Entries of a directory, sorted by name.
    fn list(&self, path: &[u8]) -> Result<Vec<(Vec<u8>, Meta)>, Failure>;
    /// Opens a regular file. Its size is that at the time of opening.
    fn open(&self, path: &[u8]) -> Result<Content, Failure>;
    /// The attributes that are stored in layers; `opened` saves opening a regular file again.
    fn xattrs(&self, path: &[u8], opened: Option<&Content>) -> Result<Xattrs, Failure>;
}

pub fn is_portable_xattr(name: &[u8]) -> bool {
    let is_private = name.starts_with(b"user.overlay.") || name.starts_with(b"user.tsbuild.");
    name == b"security.capability" || (name.starts_with(b"user.") && !is_private)
}
