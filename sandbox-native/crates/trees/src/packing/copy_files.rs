//! COPY: adds selected files of a source to a layer.
use super::archive_files::{self, Destination};
use super::mode_change::ModeChange;
use super::owner;
use super::pending::Pending;
use super::placement::{self, Maker, no_directory};
use crate::digests::stamp;
use crate::layers::sources::OpenSource;
use crate::matching::selection::{self, Pick, Selected};
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::LinkTree;
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::walk::Found;
use foundation::failure::Failure;
use protocol::CopyAction;
use std::collections::{HashMap, HashSet};

/// Changes that the action applies to each file.
struct Changes {
    /// None keeps the source's IDs.
    owner: Option<(u32, u32)>,
    mode: Option<ModeChange>,
    maker: Maker,
}

/// Files whose bytes are read later, and that may change until then.
pub struct Copied {
    source: OpenSource,
    picks: Vec<Pick>,
    /// The files are not those of the request's stamp.
    is_outdated: bool,
}

impl Copied {
    pub fn have_changed(&self) -> bool {
        self.is_outdated || stamp::have_changed(&*self.source.tree, &self.picks)
    }
}

/// What every action may use.
pub struct Means {
    pub spool: archive_files::Spool,
    pub now: i64,
}

/// Returns the files if the request has a stamp of them.
pub fn copy(pending: &mut Pending, action: &CopyAction, means: &Means) -> Result<Option<Copied>, Failure> {
    let source = OpenSource::open(&action.source)?;
    let picks = match selection::select(&*source.tree, &action.selection)? {
        Selected::Picks(picks) => picks,
        Selected::Missing(wanted) => return Err(source.missing(wanted)?.into_failure()),
    };
    let changes = changes_of(pending, action, means.now)?;
    pending.is_detached = action.link;
    require_directory(pending, action)?;
    for pick in &picks {
        let is_candidate = action.selection.unpack_archives && pick.meta.kind == Kind::File;
        let archive = if is_candidate { archive_files::recognize(&*source.tree, &pick.path, &means.spool)? } else { None };
        match archive {
            Some(archive) => {
                // SPEC: --chmod does not apply to unpacked files.
                let maker = Maker { mode: placement::USUAL_MODE, ..changes.maker };
                let to = placement::make_directories(pending, &path::clean(action.to.as_bytes()), maker)?;
                let owner = action.owner.as_deref().filter(|owner| *owner != "keep").and(changes.owner);
                // SPEC: unlike those of COPY, missing parents of an archive's entries belong to root.
                let maker = Maker { owner: Some((0, 0)), ..maker };
                archive_files::unpack(pending, &archive, &Destination { to: &to, owner, maker })?;
            }
            None => Copying { pending, source: &source, changes: &changes }.pick(pick, &action.to)?,
        }
    }
    pending.is_detached = false;
    Ok(action.stamp.as_ref().map(|stamp| {
        let lines: Vec<_> = picks.iter().flat_map(stamp::lines_of).collect();
        let is_outdated = stamp::stamp_of(&lines) != *stamp;
        Copied { source, picks, is_outdated }
    }))
}

fn changes_of(pending: &Pending, action: &CopyAction, now: i64) -> Result<Changes, Failure> {
    let owner = match action.owner.as_deref() {
        None => Some((0, 0)),
        Some("keep") => None,
        Some(name) => Some(owner::resolve(name, pending.base())?),
    };
    let mode = action.mode.as_deref().map(ModeChange::parse).transpose()?;
    let given = owner.filter(|_| action.owner.is_some());
    // SPEC: parents get an octal mode of files, without its special bits, but not a symbolic one.
    let parents = match mode {
        Some(ModeChange::Octal(mode)) => mode & 0o777,
        _ => placement::USUAL_MODE,
    };
    Ok(Changes { owner, mode, maker: Maker { owner: given, mode: parents, mtime: now } })
}

fn require_directory(pending: &Pending, action: &CopyAction) -> Result<(), Failure> {
    if action.selection.paths.len() < 2 || placement::is_directory_name(&action.to) {
        return Ok(());
    }
    let real = crate::tree::follow::resolve(pending, &path::clean(action.to.as_bytes()), true)?;
    if pending.lookup(&real)?.is_some_and(|meta| meta.is_directory()) {
        return Ok(());
    }
    let found = format!("Cannot copy {} sources to \"{}\": not a directory", action.selection.paths.len(), action.to);
    Err(Failure::new("TREE_DESTINATION", found).with_hint("End the destination with a slash"))
}

struct Copying<'a> {
    pending: &'a mut Pending,
    source: &'a OpenSource,
    changes: &'a Changes,
}

/// A file that is not a directory.
struct File<'a> {
    from: &'a [u8],
    target: &'a [u8],
    meta: &'a Meta,
    /// An earlier name of the same file.
    first_name: Option<Vec<u8>>,
}

impl Copying<'_> {
    fn pick(&mut self, pick: &Pick, to: &str) -> Result<(), Failure> {
        let Copying { pending, source, changes } = self;
        let (mut real, found) = placement::destination(pending, to, changes.maker)?;
        if !pick.meta.is_directory() {
            if found.is_some_and(|meta| meta.is_directory()) {
                real = path::join(&real, &pick.name);
                if pending.lookup(&real)?.is_some_and(|meta| meta.is_directory()) {
                    return Err(is_directory(&real));
                }
            }
            pending.touch(path::split(&real).0, changes.maker.mtime)?;
            return self.put_file(File { from: &pick.path, target: &real, meta: &pick.meta, first_name: None });
        }
        match found {
            Some(meta) if !meta.is_directory() => return Err(no_directory(&real)),
            Some(_) => {}
            None => {
                placement::make_directories(pending, &real, changes.maker)?;
            }
        }
        // SPEC: the directory itself keeps mode and owner, and gets the time. The time of a context's root is not copied.
        let is_root_of_context = source.is_context() && pick.path.is_empty();
        let mtime = if is_root_of_context { changes.maker.mtime } else { pick.meta.mtime };
        self.below(pick, &real)?;
        self.pending.touch(&real, mtime)
    }

    fn below(&mut self, pick: &Pick, to: &[u8]) -> Result<(), Failure> {
        let mut first_names: HashMap<(u64, u64), Vec<u8>> = HashMap::new();
        // In a directory that this copy creates, no lookups are needed.
        let mut fresh: HashSet<&[u8]> = HashSet::new();
        // SPEC: a directory that only leads to others gets the time of the last name in it, not that of its source.
        let mut leading: HashSet<&[u8]> = HashSet::new();
        for Found { path: relative, meta, is_wanted } in &pick.entries {
            let target = path::join(to, relative);
            let from = path::join(&pick.path, relative);
            let parent = path::split(relative).0;
            let existing = if fresh.contains(parent) { None } else { self.pending.lookup(&target)? };
            let merges = meta.is_directory() && existing.is_some_and(|found| found.is_directory());
            if leading.contains(parent) && !merges {
                self.pending.touch(path::split(&target).0, self.changes.maker.mtime)?;
            }
            match existing {
                Some(found) if meta.is_directory() && !found.is_directory() => return Err(no_directory(&target)),
                Some(found) if !meta.is_directory() && found.is_directory() => return Err(is_directory(&target)),
                _ => {}
            }
            if meta.is_directory() {
                if existing.is_none() {
                    fresh.insert(relative);
                }
                if !is_wanted {
                    leading.insert(relative);
                }
                match merges && !is_wanted {
                    true => self.pending.change_mode(&target, meta.mode)?, // it keeps its owner
                    false => self.put_directory((from, target), meta),
                }
                continue;
            }
            let first = if meta.is_linked && meta.kind == Kind::File { first_names.get(&meta.identity).cloned() } else { None };
            if meta.is_linked && first.is_none() {
                first_names.insert(meta.identity, target.clone());
            }
            self.put_file(File { from: &from, target: &target, meta, first_name: first })?;
        }
        Ok(())
    }

    fn put_directory(&mut self, (from, target): (Vec<u8>, Vec<u8>), meta: &Meta) {
        let header = self.changes.apply(Header::from_meta(target, EntryKind::Directory, meta), meta.kind);
        self.pending.put(Entry { header, source: Source::Tree(self.source.tree.clone(), from) });
    }

    fn put_file(&mut self, File { from, target, meta, first_name }: File) -> Result<(), Failure> {
        let Some(mut kind) = EntryKind::of(meta.kind) else { return Ok(()) };
        let mut link = Vec::new();
        if kind == EntryKind::Symlink {
            link = self.source.tree.read_link(from)?;
        }
        if let Some(first) = first_name {
            (kind, link) = (EntryKind::HardLink, first);
        }
        let mut header = self.changes.apply(Header::from_meta(target.to_vec(), kind, meta), meta.kind);
        header.link = link;
        let source = match kind {
            EntryKind::File => Source::Tree(self.source.tree.clone(), from.to_vec()),
            _ => Source::None,
        };
        self.pending.put(Entry { header, source });
        Ok(())
    }
}

impl Changes {
    fn apply(&self, mut header: Header, kind: Kind) -> Header {
        if let Some(owner) = self.owner {
            (header.uid, header.gid) = owner;
        }
        if let Some(mode) = &self.mode {
            header.mode = mode.apply(header.mode, kind);
        }
        header
    }
}

fn is_directory(path: &[u8]) -> Failure {
    Failure::new("TREE_DESTINATION", format!("Cannot copy a file to \"{}\": a directory is there", path::show(path)))
}
