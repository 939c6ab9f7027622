//! A complete tree in which a command worked, shown as an overlay's upper directory would be: only what has changed since
//! it was surveyed.
use super::beneath::Beneath;
use super::host_directory::unreadable;
use super::layer::Word;
use super::meta::Meta;
use super::path;
use super::survey::{Seen, Survey};
use foundation::failure::Failure;
use std::collections::BTreeMap;
use std::path::Path;

pub struct ChangedTree {
    pub tree: Beneath,
    before: Survey,
}

impl ChangedTree {
    pub fn open(tree: &Path, survey: &Path) -> Result<ChangedTree, Failure> {
        Ok(ChangedTree { tree: Beneath::open(tree)?, before: Survey::read(survey)? })
    }

    pub fn word(&self, path: &[u8]) -> Result<Word, Failure> {
        match self.tree.stat(path).map_err(|cause| unreadable(path, cause))? {
            Some(meta) => self.word_of(path, meta),
            None if self.before.seen(path).is_some() => Ok(Word::Deleted),
            None => Ok(Word::Nothing),
        }
    }

    pub fn list(&self, directory: &[u8]) -> Result<Vec<(Vec<u8>, Word)>, Failure> {
        let deleted = self.before.names(directory).map(|name| (name.clone(), Word::Deleted));
        let mut words: BTreeMap<Vec<u8>, Word> = deleted.collect();
        for (name, meta) in self.tree.list(directory).map_err(|cause| unreadable(directory, cause))? {
            let word = self.word_of(&path::join(directory, &name), meta)?;
            words.insert(name, word);
        }
        Ok(words.into_iter().collect())
    }

    /// The directory took the place of another, whose files do not show in it.
    pub fn is_opaque(&self, path: &[u8]) -> Result<bool, Failure> {
        let now = self.tree.stat(path).map_err(|cause| unreadable(path, cause))?.filter(Meta::is_directory);
        match (self.before.seen(path), now) {
            (Some(before), Some(meta)) => Ok(!before.is_same_file(&Seen::of(&self.tree, path, &meta)?)),
            _ => Ok(false),
        }
    }

    /// Directories show always, because of what is in them.
    fn word_of(&self, path: &[u8], meta: Meta) -> Result<Word, Failure> {
        if meta.is_directory() || self.before.seen(path) != Some(&Seen::of(&self.tree, path, &meta)?) {
            return Ok(Word::Has(meta));
        }
        Ok(Word::Nothing)
    }
}
