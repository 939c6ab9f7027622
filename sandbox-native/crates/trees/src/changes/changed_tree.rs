//! A complete tree in which a command ran, presented as an overlay's upper directory would be: only what has changed since
//! the survey, and the directories that lead to it.
use super::survey::Survey;
use crate::host::beneath::Beneath;
use crate::host::host_directory::unreadable;
use crate::host::recorded_owners;
use crate::layers::layer::LayerEntry;
use crate::tree::path;
use foundation::failure::Failure;
use foundation::owner_record;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

pub struct ChangedTree {
    pub tree: Beneath,
    before: Survey,
    after: Survey,
    /// Changes by directory, then by name.
    changes: HashMap<Vec<u8>, BTreeMap<Vec<u8>, Change>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Change {
    Deleted,
    Changed,
    /// The directory replaced another one, whose files are hidden.
    Replaced,
}

/// Of a directory.
struct State {
    /// Everything in it counts as changed, including files that were moved with it.
    is_new: bool,
    /// An owner recorded in it may have changed.
    is_touched: bool,
}

impl ChangedTree {
    pub fn open(tree: &Path, survey: &Path) -> Result<ChangedTree, Failure> {
        let (tree, before) = (Beneath::open(tree)?, Survey::read(survey)?);
        let after = Survey::of(&tree)?;
        let mut changed = ChangedTree { tree, before, after, changes: HashMap::new() };
        changed.compare(b"", State { is_new: false, is_touched: true });
        Ok(changed)
    }

    /// Writes the survey with which the next command's changes are found. Returns when later changes will be detectable.
    pub fn renew(&self, survey: &Path) -> Result<(), Failure> {
        self.after.write(survey)?;
        self.after.settle();
        Ok(())
    }

    pub fn look_up(&self, path: &[u8]) -> Result<LayerEntry, Failure> {
        match self.change(path) {
            Some(Change::Deleted) => Ok(LayerEntry::Deleted),
            None if !path.is_empty() => Ok(LayerEntry::Absent),
            _ => {
                let failed = |cause| unreadable(path, cause);
                let Some(mut meta) = self.tree.stat(path).map_err(failed)? else { return Ok(LayerEntry::Absent) };
                recorded_owners::apply(&self.tree, path, &mut meta).map_err(failed)?;
                Ok(LayerEntry::Present(meta))
            }
        }
    }

    pub fn list(&self, directory: &[u8]) -> Result<Vec<(Vec<u8>, LayerEntry)>, Failure> {
        let names = self.changes.get(directory).into_iter().flat_map(BTreeMap::keys);
        names.map(|name| Ok((name.clone(), self.look_up(&path::join(directory, name))?))).collect()
    }

    pub fn is_opaque(&self, path: &[u8]) -> bool {
        self.change(path) == Some(Change::Replaced)
    }

    /// The sub-second part of the file's previous modification time, which a layer may not have kept.
    pub fn fine_time_before(&self, path: &[u8]) -> Option<u32> {
        self.before.seen(path).map(|seen| seen.mtime_ns)
    }

    fn change(&self, path: &[u8]) -> Option<Change> {
        let (directory, name) = path::split(path);
        self.changes.get(directory)?.get(name).copied()
    }

    /// False if nothing has changed.
    fn compare(&mut self, directory: &[u8], State { is_new, is_touched }: State) -> bool {
        let may_have_new_owners = is_touched && owner_record::is_used();
        let mut changes = BTreeMap::new();
        for (name, seen) in self.after.names(directory).to_vec() {
            let child = path::join(directory, &name);
            let before = if is_new { None } else { self.before.seen(&child).copied() };
            let is_replaced = before.is_some_and(|before| !before.is_same_file(&seen));
            let is_changed = before != Some(seen) || may_have_new_owners && seen.is_owned_by_name;
            let has_changes = seen.is_directory
                && self.compare(&child, State { is_new: before.is_none() || is_replaced, is_touched: is_changed });
            if has_changes || is_changed {
                let change = if seen.is_directory && is_replaced { Change::Replaced } else { Change::Changed };
                changes.insert(name, change);
            }
        }
        let gone = if is_new { &[] } else { self.before.names(directory) };
        for (name, _) in gone {
            if self.after.seen(&path::join(directory, name)).is_none() {
                changes.insert(name.clone(), Change::Deleted);
            }
        }
        let shows = !changes.is_empty();
        self.changes.insert(directory.to_vec(), changes);
        shows
    }
}
