//! The verb copy: copies files between the host and another root, by the rules of `docker cp`. COPY of a build belongs in
//! `packing`.
mod archive;
mod live_tree;
mod place;
mod placer;
mod users;

use crate::host::beneath::Beneath;
use crate::packing::owner;
use crate::rights::confine;
use crate::rights::reach;
use crate::tree::entry::{Entry, Header};
use crate::tree::file_tree::{FileTree, LinkTree};
use crate::tree::follow;
use crate::tree::meta::Meta;
use crate::tree::path;
use crate::tree::vanished::Vanished;
use crate::tree::walk;
use crate::unpacking::flatten::{Named, entry_of};
use crate::unpacking::host_risks;
use archive::Written;
use foundation::failure::Failure;
use foundation::status;
use foundation::sys;
use live_tree::LiveTree;
use place::{From, To};
use placer::{Owners, Placer};
use protocol::{CopyDirection, CopyRequest, CopyResult};
use rustix::fd::OwnedFd;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
pub use users::Users;

/// `root` is the other root, as the request specifies it, `users` its IDs if they differ from those of this process.
pub fn copy(request: &CopyRequest, root: OwnedFd, users: Option<Users>) -> Result<CopyResult, Failure> {
    if let (CopyDirection::In, Some(users)) = (request.direction, &users) {
        let failed = |errno| Failure::kernel("TREE_WRITE", "create files as the root of the user namespace", errno);
        sys::set_fs_ids(users.uid, users.gid).map_err(failed)?;
    }
    confine::drop_all_but(reach::to_copy())?;
    let inside = Arc::new(LiveTree::of_root(Beneath::at(root), &request.hidden, users));
    let host = || Ok::<_, Failure>(Arc::new(LiveTree::of_host(Beneath::open(Path::new("/"))?)));
    let size_bytes = match (request.direction, &request.host_path) {
        (CopyDirection::Out, None) => archive::write(Picked::find(&inside, &request.path, request.follow_link)?)?,
        (CopyDirection::Out, Some(to)) => {
            let picked = Picked::find(&inside, &request.path, request.follow_link)?;
            put(picked, Destination::find(host()?, to)?, Owners::Caller)?
        }
        (CopyDirection::In, from) => {
            let owners = match &request.owner {
                Some(owner) => Owners::fixed(owner::resolve(owner, &*inside)?),
                None => Owners::Kept,
            };
            let to = Destination::find(Arc::clone(&inside), &request.path)?;
            match from {
                Some(from) => put(Picked::find(&host()?, from, request.follow_link)?, to, owners)?,
                None => unpack(to, owners)?,
            }
        }
    };
    Ok(CopyResult { size_bytes })
}

/// The source of a copy.
struct Picked {
    tree: Arc<LiveTree>,
    /// With links resolved.
    path: Vec<u8>,
    /// Its name; empty if only the content of the directory is copied (`directory/.`).
    name: Vec<u8>,
    meta: Meta,
}

impl Picked {
    fn find(tree: &Arc<LiveTree>, given: &str, follow_link: bool) -> Result<Self, Failure> {
        let cleaned = path::clean(given.as_bytes());
        let only_contents = place::means_contents(given);
        let wants_directory = only_contents || given.ends_with('/');
        let path = follow::resolve(&**tree, &cleaned, follow_link || wants_directory)?;
        let missing = || Failure::new("TREE_MISSING", format!("Cannot copy \"{given}\": no such file or directory"));
        let meta = tree.lookup(&path)?.ok_or_else(missing)?;
        if wants_directory && !meta.is_directory() {
            return Err(Failure::new("TREE_MISSING", format!("Cannot copy \"{given}\": not a directory")));
        }
        let name = if only_contents { Vec::new() } else { path::split(&cleaned).1.to_vec() };
        Ok(Picked { tree: Arc::clone(tree), path, name, meta })
    }

    /// The source and everything below it, with paths relative to `at`, which replaces its path.
    fn entries(&self, at: &[u8]) -> Result<Vec<Entry>, Failure> {
        let mut found = vec![(self.path.clone(), at.to_vec(), self.meta)];
        if self.meta.is_directory() {
            let below = walk::below(&*self.tree, &self.path)?;
            found.extend(
                below.into_iter().map(|(relative, meta)| (path::join(&self.path, &relative), path::join(at, &relative), meta)),
            );
        }
        let tree: Arc<dyn FileTree> = Arc::clone(&self.tree) as Arc<dyn FileTree>;
        let mut first_names = HashMap::new();
        found
            .into_iter()
            .filter_map(|(from, name, meta)| entry_of(&tree, Named { from, name, meta }, &mut first_names).transpose())
            .collect()
    }
}

struct Destination {
    tree: Arc<LiveTree>,
    given: String,
    /// With links resolved.
    path: Vec<u8>,
    meta: Option<Meta>,
}

impl Destination {
    fn find(tree: Arc<LiveTree>, given: &str) -> Result<Self, Failure> {
        let path = follow::resolve(&*tree, &path::clean(given.as_bytes()), true)?;
        let meta = tree.lookup(&path)?;
        Ok(Destination { tree, given: given.to_owned(), path, meta })
    }
}

fn put(from: Picked, to: Destination, owners: Owners) -> Result<u64, Failure> {
    let placed = place::place(
        &From { path: &from.path, name: &from.name, kind: from.meta.kind },
        &To { given: &to.given, path: &to.path, kind: to.meta.map(|meta| meta.kind) },
    )?;
    if !to.tree.lookup(path::split(&placed).0)?.is_some_and(|meta| meta.is_directory()) {
        return Err(place::no_parent(&to.given));
    }
    let merges = from.name.is_empty() && to.meta.is_some();
    let mut entries = from.entries(&placed)?;
    let mut placer = Placer::new(&to.tree, owners)?;
    if placer.is_for_caller()
        && let Some(names) = host_risks::devices(&host_risks::take_out(&mut entries))
    {
        status::warning(&format!("Device nodes are not copied to the host: {names}"));
    }
    let (mut written, mut vanished) = (Written::default(), Vanished::default());
    // A directory that is merged into keeps its mode and owner.
    let mut skipped: Option<Vec<u8>> = None;
    for entry in entries.into_iter().skip(merges.into()) {
        if skipped.as_ref().is_some_and(|parent| path::is_below(&entry.header.path, parent)) {
            continue;
        }
        let name = entry.header.path.clone();
        // Opened first: it may be the file that is replaced.
        let Some(archive::Loaded { header, mut bytes }) = archive::load(entry, &mut vanished)? else {
            skipped = Some(name);
            continue;
        };
        written.add(&header);
        placer.put(header, &mut *bytes)?;
    }
    placer.finish()?;
    Ok(written.total())
}

fn unpack(to: Destination, owners: Owners) -> Result<u64, Failure> {
    if !to.meta.is_some_and(|meta| meta.is_directory()) {
        return Err(Failure::new(
            "TREE_DESTINATION",
            format!("Cannot unpack to \"{}\": not a directory (expected an existing one)", to.given),
        ));
    }
    let mut placer = Placer::new(&to.tree, owners)?;
    let size = archive::read(|header: Header, data| placer.put_from_archive(&to.path, (header, data)))?;
    placer.finish()?;
    Ok(size)
}
