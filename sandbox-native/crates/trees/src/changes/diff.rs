//! The verb diff: what an overlay tree, or a complete one, changes in the layers below it, as `docker diff` reports it.
use super::changed_tree::ChangedTree;
use crate::layers::layer::Layer;
use crate::layers::layered::Layered;
use crate::tree::file_tree::FileTree;
use crate::tree::meta::Meta;
use crate::tree::path;
use foundation::failure::Failure;
use protocol::{ChangeKind, DiffRequest, DiffResult, LayerSource, PathChange};

pub fn diff(request: &DiffRequest) -> Result<DiffResult, Failure> {
    let top = match &request.survey {
        Some(survey) => Layer::Changed(ChangedTree::open(&request.tree, survey)?),
        None => Layer::open(&LayerSource::Tree { path: request.tree.clone() })?,
    };
    let mut comparison =
        Comparison { new: Layered::over(top, &request.base)?, old: Layered::open(&request.base)?, changes: Vec::new() };
    comparison.compare(b"")?;
    Ok(DiffResult { changes: comparison.changes })
}

struct Comparison {
    new: Layered,
    old: Layered,
    changes: Vec<PathChange>,
}

impl Comparison {
    /// Compares a directory that both may contain. Files with the same identity belong to a lower layer, with everything
    /// below them.
    fn compare(&mut self, directory: &[u8]) -> Result<(), Failure> {
        let mut old = self.old.list(directory)?.into_iter().peekable();
        for (name, meta) in self.new.list(directory)? {
            while let Some((gone, _)) = old.next_if(|(other, _)| *other < name) {
                self.add(ChangeKind::Deleted, &path::join(directory, &gone));
            }
            let path = path::join(directory, &name);
            let compared = match old.next_if(|(other, _)| *other == name) {
                None => self.add_all(&path, &meta),
                Some((_, before)) if before.identity == meta.identity => Ok(()),
                Some((_, before)) => self.compare_one(&path, (&before, &meta)),
            };
            match compared {
                Err(failure) if failure.is_missing() => {} // the container's processes have removed it since
                compared => compared?,
            }
        }
        for (gone, _) in old {
            self.add(ChangeKind::Deleted, &path::join(directory, &gone));
        }
        Ok(())
    }

    fn compare_one(&mut self, path: &[u8], (before, meta): (&Meta, &Meta)) -> Result<(), Failure> {
        let at = self.changes.len();
        if meta.is_directory() {
            self.compare(path)?;
        }
        // A directory counts as changed if something in it changed.
        if self.changes.len() > at || self.differs(path, (before, meta))? {
            self.changes.insert(at, PathChange { kind: ChangeKind::Changed, path: path::show(path) });
        }
        Ok(())
    }

    /// SPEC: moby pkg/archive, statDifferent: size and time of directories are ignored.
    fn differs(&self, path: &[u8], (before, meta): (&Meta, &Meta)) -> Result<bool, Failure> {
        let facts = |meta: &Meta| (meta.kind, meta.mode, meta.uid, meta.gid, meta.device);
        if facts(before) != facts(meta) {
            return Ok(true);
        }
        if meta.is_directory() {
            return Ok(false);
        }
        if (before.size, before.mtime, before.mtime_ns) != (meta.size, meta.mtime, meta.mtime_ns) {
            return Ok(true);
        }
        let xattrs = |tree: &Layered| match meta.kind {
            crate::tree::meta::Kind::File => tree.xattrs(path, None),
            _ => Ok(Vec::new()),
        };
        Ok(xattrs(&self.old)? != xattrs(&self.new)?)
    }

    fn add_all(&mut self, path: &[u8], meta: &Meta) -> Result<(), Failure> {
        self.add(ChangeKind::Added, path);
        if meta.is_directory() {
            for (name, below) in self.new.list(path)? {
                self.add_all(&path::join(path, &name), &below)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, kind: ChangeKind, path: &[u8]) {
        self.changes.push(PathChange { kind, path: path::show(path) });
    }
}
