//! One entry of a layer archive.
use super::file_tree::{Content, FileTree, Xattrs};
use super::meta::{Kind, Meta};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Directory,
    Symlink,
    /// Another name of the entry at `link`.
    HardLink,
    Fifo,
    CharDevice,
    BlockDevice,
}

impl EntryKind {
    /// Archives do not support sockets.
    pub fn of(kind: Kind) -> Option<EntryKind> {
        match kind {
            Kind::File => Some(EntryKind::File),
            Kind::Directory => Some(EntryKind::Directory),
            Kind::Symlink => Some(EntryKind::Symlink),
            Kind::Fifo => Some(EntryKind::Fifo),
            Kind::CharDevice => Some(EntryKind::CharDevice),
            Kind::BlockDevice => Some(EntryKind::BlockDevice),
            Kind::Socket => None,
        }
    }

    pub fn kind(self) -> Kind {
        match self {
            EntryKind::File | EntryKind::HardLink => Kind::File,
            EntryKind::Directory => Kind::Directory,
            EntryKind::Symlink => Kind::Symlink,
            EntryKind::Fifo => Kind::Fifo,
            EntryKind::CharDevice => Kind::CharDevice,
            EntryKind::BlockDevice => Kind::BlockDevice,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Relative to the root, without leading or trailing slash.
    pub path: Vec<u8>,
    pub kind: EntryKind,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    /// It has holes worth preserving.
    pub is_sparse: bool,
    /// Seconds since the epoch.
    pub mtime: i64,
    pub mtime_ns: u32,
    /// Target of a symbolic link, or path of the first name of a hard link.
    pub link: Vec<u8>,
    pub device: (u32, u32),
    pub xattrs: Xattrs,
}

impl Header {
    pub fn from_meta(path: Vec<u8>, kind: EntryKind, meta: &Meta) -> Header {
        Header {
            path,
            kind,
            mode: meta.mode,
            uid: meta.uid,
            gid: meta.gid,
            size: if kind == EntryKind::File { meta.size } else { 0 },
            is_sparse: false,
            mtime: meta.mtime,
            // Docker writes whole seconds.
            mtime_ns: 0,
            link: Vec::new(),
            device: meta.device,
            xattrs: Xattrs::new(),
        }
    }
}

/// The source of an entry's bytes and attributes.
#[derive(Clone)]
pub enum Source {
    /// The header is complete, and there are no bytes.
    None,
    Bytes(Arc<[u8]>),
    Range(Content),
    /// Attributes, and bytes of regular files, are read from a tree.
    Tree(Arc<dyn FileTree>, Vec<u8>),
}

#[derive(Clone)]
pub struct Entry {
    pub header: Header,
    pub source: Source,
}

/// Totals of an archive.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub entries: u64,
    /// Docker's definition of the size of a layer.
    pub content_bytes: u64,
}

impl Tally {
    pub fn add(&mut self, header: &Header) {
        self.entries += 1;
        if header.kind == EntryKind::File {
            self.content_bytes += header.size;
        }
    }
}
