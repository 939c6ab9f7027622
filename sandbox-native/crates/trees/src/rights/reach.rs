//! The privileges that each verb needs: paths that it reads, directories in which it writes, capabilities.
use crate::layers::whiteout;
use confinement::capabilities::{self, Granted};
use protocol::{
    AdvanceRequest, CopyAction, DiffRequest, DigestRequest, FileAction, FileSource, FlattenOutput, FlattenRequest,
    FollowBlobRequest, LayerSource, ListFilesRequest, PackLayerRequest, PackSource, ReadFilesRequest, ReceiveBytesRequest,
    RemoveRequest, ScanSecretsRequest, UncompressRequest, UnpackLayerRequest, WriteLayerRequest,
};
use std::path::{Path, PathBuf};

/// The identity of this process, and the useful number of threads.
const OF_ITSELF: [&str; 2] = ["/proc/self", "/sys/fs/cgroup"];
const TO_READ: [&str; 2] = ["DAC_OVERRIDE", "DAC_READ_SEARCH"];
const TO_REMOVE: [&str; 1] = ["FOWNER"];
const CREATION_FLAGS: [&str; 5] = ["CHOWN", "FOWNER", "FSETID", "MKNOD", "SETFCAP"];
/// SPEC: xattr(7): trusted attributes, with which trees of root mark opaque directories.
const FOR_TRUSTED_ATTRIBUTES: &str = "SYS_ADMIN";

#[derive(Default)]
pub struct Reach {
    reads: Vec<PathBuf>,
    writes: Vec<PathBuf>,
    capabilities: Vec<&'static str>,
}

impl Reach {
    pub fn reads(&self) -> impl Iterator<Item = &Path> {
        OF_ITSELF.iter().map(Path::new).chain(self.reads.iter().map(PathBuf::as_path))
    }

    pub fn writes(&self) -> impl Iterator<Item = &Path> {
        self.writes.iter().map(PathBuf::as_path)
    }

    pub fn capabilities(&self) -> Granted {
        capabilities::of(&[&TO_READ[..], &self.capabilities].concat())
    }

    fn file_source(&mut self, source: &FileSource) {
        match source {
            FileSource::Directory { root, stat_cache, .. } => {
                self.reads.push(root.clone());
                self.outputs(stat_cache.as_deref());
            }
            FileSource::Layers { layers } => self.layers(layers),
        }
    }

    fn layers(&mut self, layers: &[LayerSource]) {
        for layer in layers {
            match layer {
                LayerSource::Tree { path } => self.tree(path),
                LayerSource::Tar { path, index } => self.reads.extend([directory_of(path), directory_of(index)]),
            }
        }
    }

    fn tree(&mut self, path: &Path) {
        self.reads.push(path.to_owned());
        if whiteout::opaque_attribute().starts_with("trusted.") {
            self.capabilities.push(FOR_TRUSTED_ATTRIBUTES);
        }
    }

    /// Files that are created, replaced by rename or removed.
    fn outputs<'a>(&mut self, paths: impl IntoIterator<Item = &'a Path>) {
        self.writes.extend(paths.into_iter().map(directory_of));
    }
}

/// Capabilities of `copy` once the root is mounted.
pub fn to_copy() -> Granted {
    capabilities::of(&[&TO_READ[..], &CREATION_FLAGS].concat())
}

impl From<&DigestRequest> for Reach {
    fn from(request: &DigestRequest) -> Reach {
        let mut reach = Reach::default();
        for item in &request.items {
            reach.file_source(&item.source);
            reach.writes.extend(item.manifest_directory.as_deref().map(existing));
        }
        reach
    }
}

impl From<&WriteLayerRequest> for Reach {
    fn from(request: &WriteLayerRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.base);
        for action in &request.actions {
            if let FileAction::Copy(CopyAction { source, .. }) = action {
                reach.file_source(source);
            }
        }
        reach.outputs([&*request.tar, &*request.index]);
        reach
    }
}

impl From<&PackLayerRequest> for Reach {
    fn from(request: &PackLayerRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.base);
        match &request.layer {
            PackSource::Tree { path } => reach.tree(path),
            PackSource::ChangedTree { path, survey } => {
                reach.reads.push(path.clone());
                reach.outputs([&**survey]);
            }
            // A nameless file next to it stores its uncompressed bytes.
            PackSource::Tar { path } | PackSource::Blob { path } => reach.outputs([&**path]),
        }
        reach.outputs(request.output.as_ref().map(|output| &*output.path).into_iter().chain(request.index.as_deref()));
        reach
    }
}

impl From<&FollowBlobRequest> for Reach {
    fn from(request: &FollowBlobRequest) -> Reach {
        Reach { reads: vec![directory_of(&request.path)], ..Reach::default() }
    }
}

impl From<&ReceiveBytesRequest> for Reach {
    fn from(request: &ReceiveBytesRequest) -> Reach {
        let mut reach = Reach::default();
        reach.outputs([&*request.path]);
        reach
    }
}

impl From<&UncompressRequest> for Reach {
    fn from(_: &UncompressRequest) -> Reach {
        Reach::default()
    }
}

impl From<&UnpackLayerRequest> for Reach {
    fn from(request: &UnpackLayerRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.base);
        reach.tree(&request.tree);
        reach.reads.push(directory_of(&request.blob));
        reach.outputs([&*request.tree]);
        reach.capabilities.extend(CREATION_FLAGS);
        reach
    }
}

impl From<&FlattenRequest> for Reach {
    fn from(request: &FlattenRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.layers);
        match &request.output {
            FlattenOutput::Tar { path, .. } => reach.outputs([&**path]),
            FlattenOutput::Directory { path, survey, .. } => {
                reach.writes.push(existing(path));
                reach.outputs(survey.as_deref());
                reach.capabilities.extend(CREATION_FLAGS);
            }
        }
        reach
    }
}

impl From<&AdvanceRequest> for Reach {
    fn from(request: &AdvanceRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.layers);
        reach.writes.push(request.tree.clone());
        reach.outputs([&*request.survey]);
        reach.capabilities.extend(CREATION_FLAGS);
        reach
    }
}

impl From<&ListFilesRequest> for Reach {
    fn from(request: &ListFilesRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(std::slice::from_ref(&request.layer));
        reach
    }
}

impl From<&ReadFilesRequest> for Reach {
    fn from(request: &ReadFilesRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.layers);
        reach.outputs([&*request.output]);
        reach
    }
}

impl From<&ScanSecretsRequest> for Reach {
    fn from(request: &ScanSecretsRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.layers);
        reach
    }
}

impl From<&DiffRequest> for Reach {
    fn from(request: &DiffRequest) -> Reach {
        let mut reach = Reach::default();
        reach.layers(&request.base);
        reach.tree(&request.tree);
        reach.reads.extend(request.survey.as_deref().map(directory_of));
        reach
    }
}

impl From<&RemoveRequest> for Reach {
    fn from(request: &RemoveRequest) -> Reach {
        let mut reach = Reach::default();
        reach.outputs(request.paths.iter().map(PathBuf::as_path));
        reach.capabilities.extend(TO_REMOVE);
        reach
    }
}

/// The directory, not the file: another process may replace the file in the meantime.
fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => existing(parent),
        _ => PathBuf::from("."),
    }
}

/// The existing part of a path whose directories may have to be created.
fn existing(path: &Path) -> PathBuf {
    path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/")).to_owned()
}
