//! A root that other processes may change concurrently. SECURITY: each access stays beneath the root and follows no links;
//! a link that is created in the meantime causes an error.
use super::users::{NOBODY, Users};
use crate::host::beneath::Beneath;
use crate::host::host_directory::{open_regular, read_xattrs, unreadable};
use crate::host::recorded_owners;
use crate::tree::file_tree::{Content, FileTree, LinkTree, Xattrs};
use crate::tree::meta::Meta;
use crate::tree::path;
use foundation::failure::Failure;
use foundation::idmap;

pub struct LiveTree {
    beneath: Beneath,
    hidden: Vec<Vec<u8>>,
    is_host: bool,
    users: Option<Users>,
}

impl LiveTree {
    pub fn of_root(beneath: Beneath, hidden: &[String], users: Option<Users>) -> Self {
        let hidden = hidden.iter().map(|path| path::clean(path.as_bytes())).collect();
        LiveTree { beneath, hidden, is_host: false, users }
    }

    pub fn of_host(beneath: Beneath) -> Self {
        LiveTree { beneath, hidden: Vec::new(), is_host: true, users: None }
    }

    pub fn beneath(&self) -> &Beneath {
        &self.beneath
    }

    pub fn users(&self) -> Option<Users> {
        self.users
    }

    pub fn is_hidden(&self, path: &[u8]) -> bool {
        self.hidden.iter().any(|hidden| path::is_below(path, hidden))
    }

    fn described(&self, path: &[u8], mut meta: Meta) -> Result<Meta, Failure> {
        if self.is_host {
            let has_no_id = |id: u32| id == NOBODY && idmap::in_user_namespace();
            meta.uid = if has_no_id(meta.uid) { 0 } else { meta.uid };
            meta.gid = if has_no_id(meta.gid) { 0 } else { meta.gid };
        } else if let Some(users) = &self.users {
            (meta.uid, meta.gid) = users.inside(meta.uid, meta.gid);
        } else {
            recorded_owners::apply(&self.beneath, path, &mut meta).map_err(|cause| unreadable(path, cause))?;
        }
        Ok(meta)
    }
}

impl LinkTree for LiveTree {
    fn lookup(&self, path: &[u8]) -> Result<Option<Meta>, Failure> {
        if self.is_hidden(path) {
            return Ok(None);
        }
        let found = self.beneath.stat(path).map_err(|cause| unreadable(path, cause))?;
        found.map(|meta| self.described(path, meta)).transpose()
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>, Failure> {
        self.beneath.read_link(path).map_err(|cause| unreadable(path, cause))
    }
}

impl FileTree for LiveTree {
    fn may_change(&self) -> bool {
        true
    }

    fn list(&self, path: &[u8]) -> Result<Vec<(Vec<u8>, Meta)>, Failure> {
        let entries = self.beneath.list(path).map_err(|cause| unreadable(path, cause))?.into_iter();
        let places = entries.map(|(name, meta)| (path::join(path, &name), name, meta));
        let shown = places.filter(|(place, ..)| !self.is_hidden(place));
        shown
            .filter_map(|(place, name, meta)| match self.described(&place, meta) {
                Err(failure) if failure.is_missing() => None, // removed since it was listed
                described => Some(described.map(|meta| (name, meta))),
            })
            .collect()
    }

    fn open(&self, path: &[u8]) -> Result<Content, Failure> {
        open_regular(&self.beneath, path)
    }

    fn xattrs(&self, path: &[u8], opened: Option<&Content>) -> Result<Xattrs, Failure> {
        read_xattrs(&self.beneath, path, opened)
    }
}
