//! Opens the sources of requests, and words what is missing in them.
use super::file_tree::FileTree;
use super::follow;
use super::host_directory::HostDirectory;
use super::layered::Layered;
use super::path;
use super::request::{DigestItemResult, FileSource};
use foundation::failure::Failure;
use std::sync::Arc;

/// A tree, and the same as a host directory where it is one.
pub struct OpenSource {
    pub tree: Arc<dyn FileTree>,
    directory: Option<Arc<HostDirectory>>,
}

pub struct Missing {
    pub path: String,
    pub is_ignored: bool,
    /// The nearest name in the same directory.
    pub suggestion: Option<String>,
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

    pub fn missing(&self, wanted: String) -> Result<Missing, Failure> {
        let cleaned = path::clean(wanted.as_bytes());
        let is_ignored = match &self.directory {
            Some(directory) => directory.is_ignored(&cleaned)?,
            None => false,
        };
        let suggestion = if is_ignored { None } else { self.nearest(&cleaned)? };
        Ok(Missing { path: wanted, is_ignored, suggestion })
    }

    fn nearest(&self, wanted: &[u8]) -> Result<Option<String>, Failure> {
        let (directory, name) = path::split(wanted);
        let directory = follow::resolve(&*self.tree, directory, true)?;
        if !self.tree.lookup(&directory)?.is_some_and(|meta| meta.is_directory()) {
            return Ok(None);
        }
        // A link that leads nowhere has the very name that is missing.
        let names = self.tree.list(&directory)?.into_iter().map(|(name, _)| name).filter(|other| other != name);
        let nearest = names.map(|other| (distance(name, &other), other)).min();
        let is_near = |far: usize| far <= 1 + name.len() / 4;
        Ok(nearest
            .filter(|(far, _)| is_near(*far))
            .map(|(_, other)| String::from_utf8_lossy(&path::join(&directory, &other)).into_owned()))
    }
}

impl Missing {
    pub fn into_result(self) -> DigestItemResult {
        DigestItemResult::Missing { missing: self.path, is_ignored: self.is_ignored, suggestion: self.suggestion }
    }

    pub fn into_failure(self) -> Failure {
        let found = if self.is_ignored { "an ignore pattern leaves it out" } else { "it does not exist" };
        let failure = Failure::new("TREE_MISSING", format!("Cannot copy \"{}\": {found}", self.path));
        match self.suggestion {
            Some(suggestion) => failure.with_hint(format!("Did you mean \"{suggestion}\"?")),
            None => failure,
        }
    }
}

/// Edits between two names, whatever the case of their letters.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.iter().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (column, wanted) in other.iter().enumerate() {
            let swap = corner + usize::from(!letter.eq_ignore_ascii_case(wanted));
            corner = row[column + 1];
            row[column + 1] = swap.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
