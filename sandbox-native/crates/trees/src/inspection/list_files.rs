//! The verb list-files: the largest files of one layer, for people who look for what makes an image large.
use crate::layers::layer::{Layer, LayerEntry};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use foundation::failure::Failure;
use protocol::{ListFilesRequest, ListFilesResult, ListedFile, ListedKind};
use std::cmp::Reverse;

pub fn list_files(request: &ListFilesRequest) -> Result<ListFilesResult, Failure> {
    let layer = Layer::open(&request.layer)?;
    let mut found = all_files(&layer)?;
    let file_count = found.iter().filter(|file| !file.is_directory()).count() as u64;
    found.sort_unstable_by(|one, other| (Reverse(one.size()), &one.path).cmp(&(Reverse(other.size()), &other.path)));
    let files = found.iter().take(request.max_files).map(|file| file.listed(&layer)).collect::<Result<_, _>>()?;
    Ok(ListFilesResult { files, file_count })
}

struct Found {
    path: Vec<u8>,
    /// Absent for a whiteout.
    meta: Option<Meta>,
}

/// Without recursion: directories may be nested thousands of times.
fn all_files(layer: &Layer) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let mut waiting = vec![Vec::new()];
    while let Some(directory) = waiting.pop() {
        for (name, entry) in layer.list(&directory)? {
            let meta = match entry {
                LayerEntry::Absent => continue,
                LayerEntry::Deleted => None,
                LayerEntry::Present(meta) => Some(meta),
            };
            let file = Found { path: path::join(&directory, &name), meta };
            if file.is_directory() {
                waiting.push(file.path.clone());
            }
            found.push(file);
        }
    }
    Ok(found)
}

impl Found {
    fn is_directory(&self) -> bool {
        self.meta.is_some_and(|meta| meta.is_directory())
    }

    fn size(&self) -> u64 {
        self.meta.filter(|meta| meta.kind == Kind::File).map_or(0, |meta| meta.size)
    }

    fn listed(&self, layer: &Layer) -> Result<ListedFile, Failure> {
        let kind = self.meta.map_or(ListedKind::Whiteout, |meta| listed_kind(meta.kind));
        let target = match kind {
            ListedKind::Symlink => Some(String::from_utf8_lossy(&layer.read_link(&self.path)?).into_owned()),
            _ => None,
        };
        let (mode, uid, gid) = self.meta.map_or((0, 0, 0), |meta| (meta.mode, meta.uid, meta.gid));
        Ok(ListedFile { path: path::show(&self.path), kind, size_bytes: self.size(), mode, uid, gid, target })
    }
}

fn listed_kind(kind: Kind) -> ListedKind {
    match kind {
        Kind::File => ListedKind::File,
        Kind::Directory => ListedKind::Directory,
        Kind::Symlink => ListedKind::Symlink,
        Kind::Fifo | Kind::Socket | Kind::CharDevice | Kind::BlockDevice => ListedKind::Device,
    }
}
