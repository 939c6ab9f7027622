//! Opens the sources of requests, and describes missing paths.
use super::layered::Layered;
use crate::host::host_directory::HostDirectory;
use crate::tree::file_tree::FileTree;
use crate::tree::follow;
use crate::tree::path;
use foundation::failure::Failure;
use protocol::{DigestItemResult, FileSource};
use std::sync::Arc;

/// A tree, and the host directory if it is one.
pub struct OpenSource {
    pub tree: Arc<dyn FileTree>,
    directory: Option<Arc<HostDirectory>>,
}

pub struct Missing {
    pub path: String,
    pub is_ignored: bool,
    /// Names in the searched directory that have about the same length.
    pub similar: Vec<String>,
}

impl OpenSource {
    pub fn open(source: &FileSource) -> Result<OpenSource, Failure> {
        match source {
            FileSource::Directory { root, ignore, .. } => {
                let directory = Arc::new(HostDirectory::open(root, ignore)?);
                Ok(OpenSource { tree: Arc::clone(&directory) as Arc<dyn FileTree>, directory: Some(directory) })
            }
            FileSource::Layers { layers } => Ok(OpenSource { tree: Arc::new(Layered::open(layers)?), directory: None }),
        }
    }

    pub fn is_context(&self) -> bool {
        self.directory.is_some()
    }

    pub fn missing(&self, wanted: String) -> Result<Missing, Failure> {
        let cleaned = path::clean(wanted.as_bytes());
        let is_ignored = match &self.directory {
            Some(directory) => directory.is_ignored(&cleaned)?,
            None => false,
        };
        let similar = if is_ignored { Vec::new() } else { self.similar_names(&cleaned)? };
        Ok(Missing { path: wanted, is_ignored, similar })
    }

    /// The driver suggests the most similar one.
    fn similar_names(&self, wanted: &[u8]) -> Result<Vec<String>, Failure> {
        const FAR: usize = 2;
        let (directory, name) = path::split(wanted);
        let directory = follow::resolve(&*self.tree, directory, true)?;
        if !self.tree.lookup(&directory)?.is_some_and(|meta| meta.is_directory()) {
            return Ok(Vec::new());
        }
        let names = self.tree.list(&directory)?.into_iter().map(|(name, _)| name);
        // A dangling link has exactly the missing name.
        let similar = names.filter(|other| other != name && other.len().abs_diff(name.len()) <= FAR);
        Ok(similar.map(|other| String::from_utf8_lossy(&other).into_owned()).collect())
    }
}

impl Missing {
    pub fn into_result(self) -> DigestItemResult {
        DigestItemResult::Missing { missing: self.path, is_ignored: self.is_ignored, similar: self.similar }
    }

    pub fn into_failure(self) -> Failure {
        let found = if self.is_ignored { "it is excluded by an ignore pattern" } else { "it does not exist" };
        Failure::new("TREE_MISSING", format!("Cannot copy \"{}\": {found}", self.path))
    }
}
