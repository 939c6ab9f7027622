//! Layers seen as one tree, as overlayfs would show them.
use super::layer::{Layer, LayerEntry};
use crate::host::host_directory::unreadable;
use crate::streams::output;
use crate::tree::file_tree::{Content, FileTree, LinkTree, Xattrs};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use foundation::failure::Failure;
use protocol::LayerSource;
use rustix::io::Errno;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Top first.
pub struct Layered {
    layers: Vec<Layer>,
    may_change: bool,
    /// For each requested directory: the layers whose entries are visible in it, top first. Empty if it is not a directory.
    shown: Mutex<HashMap<Vec<u8>, Arc<Vec<usize>>>>,
}

impl Layered {
    pub fn open(sources: &[LayerSource]) -> Result<Layered, Failure> {
        let layers = sources.iter().map(Layer::open).collect::<Result<_, _>>()?;
        Ok(Layered { layers, may_change: false, shown: Mutex::new(HashMap::new()) })
    }

    /// The top layer belongs to a running container.
    pub fn open_live(sources: &[LayerSource]) -> Result<Layered, Failure> {
        Ok(Layered { may_change: true, ..Layered::open(sources)? })
    }

    /// With the layer of a running container on top.
    pub fn over(top: Layer, sources: &[LayerSource]) -> Result<Layered, Failure> {
        let mut layered = Layered::open_live(sources)?;
        layered.layers.insert(0, top);
        Ok(layered)
    }

    fn shown(&self, directory: &[u8]) -> Result<Arc<Vec<usize>>, Failure> {
        let known = self.shown.lock().unwrap_or_else(PoisonError::into_inner).get(directory).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let candidates: Vec<usize> = match directory {
            b"" => (0..self.layers.len()).collect(),
            _ => self.shown(path::split(directory).0)?.to_vec(),
        };
        let mut found = Vec::new();
        for (at, &number) in candidates.iter().enumerate() {
            match self.layers[number].look_up(directory)? {
                LayerEntry::Absent => continue,
                LayerEntry::Present(meta) if meta.is_directory() => found.push(number),
                LayerEntry::Present(_) | LayerEntry::Deleted => break,
            }
            let hides_others = at + 1 < candidates.len() && self.layers[number].is_opaque(directory)?;
            if hides_others {
                break;
            }
        }
        let found = Arc::new(found);
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(directory.to_vec(), Arc::clone(&found));
        Ok(found)
    }

    /// The layer that shows the path, and its metadata.
    fn find(&self, path: &[u8]) -> Result<Option<(usize, Meta)>, Failure> {
        if path.is_empty() {
            return self.root();
        }
        for number in self.shown(path::split(path).0)?.iter() {
            match self.layers[*number].look_up(path)? {
                LayerEntry::Absent => {}
                LayerEntry::Deleted => return Ok(None),
                LayerEntry::Present(meta) => return Ok(Some((*number, meta))),
            }
        }
        Ok(None)
    }

    /// Trees have a root with metadata, tars do not; there is a root even without layers.
    fn root(&self) -> Result<Option<(usize, Meta)>, Failure> {
        for (number, layer) in self.layers.iter().enumerate() {
            if let (Layer::Tree(_), LayerEntry::Present(meta)) = (layer, layer.look_up(b"")?) {
                return Ok(Some((number, meta)));
            }
        }
        // SPEC: BuildKit creates it with the first step.
        Ok(Some((usize::MAX, Meta::planned(Kind::Directory, 0o755, output::now_seconds()))))
    }

    fn layer_of(&self, path: &[u8]) -> Result<&Layer, Failure> {
        // Reports missing files itself.
        if let [sole] = &self.layers[..] {
            return Ok(sole);
        }
        let number = self.find(path)?.map(|(number, _)| number);
        number.and_then(|number| self.layers.get(number)).ok_or_else(|| unreadable(path, Errno::NOENT))
    }
}

impl LinkTree for Layered {
    fn lookup(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        Ok(self.find(path)?.map(|(_, meta)| meta))
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        self.layer_of(path)?.read_link(path)
    }
}

impl FileTree for Layered {
    fn may_change(&self) -> bool {
        self.may_change
    }

    fn list(&self, path: &[u8]) -> Result<Vec<(Vec<u8>, Meta)>, Failure> {
        let mut merged: BTreeMap<Vec<u8>, Option<Meta>> = BTreeMap::new();
        for number in self.shown(path)?.iter() {
            let entries = match self.layers[*number].list(path) {
                Err(failure) if self.may_change && failure.is_missing() => continue,
                entries => entries?,
            };
            for (name, entry) in entries {
                merged.entry(name).or_insert(match entry {
                    LayerEntry::Present(meta) => Some(meta),
                    LayerEntry::Absent | LayerEntry::Deleted => None,
                });
            }
        }
        Ok(merged.into_iter().filter_map(|(name, meta)| Some((name, meta?))).collect())
    }

    fn open(&self, path: &[u8]) -> Result<Content, Failure> {
        self.layer_of(path)?.open_file(path)
    }

    fn xattrs(&self, path: &[u8], opened: Option<&Content>) -> Result<Xattrs, Failure> {
        match path {
            b"" => Ok(Xattrs::new()),
            _ => self.layer_of(path)?.xattrs(path, opened),
        }
    }
}
