//! The verb flatten: merges layers into one filesystem, as a tar or as files.
use super::host_risks;
use super::populate;
use super::tree_writer::TreeWriter;
use crate::changes::survey::Survey;
use crate::layers::layered::Layered;
use crate::streams::output;
use crate::streams::sink::{self, Sink};
use crate::tar::writer;
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::{FileTree, Xattrs};
use crate::tree::follow;
use crate::tree::meta::Meta;
use crate::tree::path;
use crate::tree::walk;
use foundation::failure::Failure;
use protocol::{FlattenOutput, FlattenRequest, FlattenResult};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

pub fn flatten(request: &FlattenRequest) -> Result<FlattenResult, Failure> {
    let layers = if request.live { Layered::open_live(&request.layers) } else { Layered::open(&request.layers) };
    let tree: Arc<dyn FileTree> = Arc::new(layers?);
    let subpath = request.subpath.as_deref().unwrap_or("");
    let start = follow::resolve(&*tree, &path::clean(subpath.as_bytes()), true)?;
    let keeps_fine_times = matches!(request.output, FlattenOutput::Directory { keep_owners: true, .. });
    let mut entries = entries_of(&tree, &start, (subpath, keeps_fine_times))?;
    let dated = |mut entries: Vec<Entry>| {
        for Entry { header, .. } in &mut entries {
            header.mtime = request.mtime_seconds.unwrap_or(header.mtime);
        }
        entries
    };
    match &request.output {
        FlattenOutput::Tar { path, directory: None } => write_tar(dated(entries), path)?,
        FlattenOutput::Tar { path, directory: Some(name) } => {
            write_tar(dated(within(&path::clean(name.as_bytes()), entries)), path)?
        }
        FlattenOutput::Directory { path, keep_owners: true, survey, flush } => {
            populate::populate(path, copy_of(&*tree, &start, path)?, entries)?;
            survey.as_ref().map_or(Ok(()), |survey| Survey::record(path, survey))?;
            if *flush {
                flush_file_system(path)?;
            }
        }
        FlattenOutput::Directory { path, keep_owners: false, .. } => {
            let noticed = host_risks::take_out(&mut entries);
            write_directory(dated(entries), files_of_caller(path)?)?;
            return Ok(noticed);
        }
    }
    Ok(FlattenResult::default())
}

fn flush_file_system(path: &Path) -> Result<(), Failure> {
    let failed = |cause: std::io::Error| Failure::kernel("TREE_WRITE", &format!("flush \"{}\"", path.display()), cause);
    let directory = std::fs::File::open(path).map_err(failed)?;
    rustix::fs::syncfs(&directory).map_err(|cause| failed(cause.into()))
}

/// Everything below the path; for a file, only the file under its own name. An archive has times in whole seconds.
fn entries_of(tree: &Arc<dyn FileTree>, start: &[u8], (subpath, keeps_fine_times): (&str, bool)) -> Result<Vec<Entry>, Failure> {
    let found = match tree.lookup(start)? {
        Some(meta) if meta.is_directory() => walk::below(&**tree, start)?
            .into_iter()
            .map(|(relative, meta)| (path::join(start, &relative), relative, meta))
            .collect(),
        Some(meta) => vec![(start.to_vec(), path::split(start).1.to_vec(), meta)],
        None => {
            let message = format!("Cannot read \"{subpath}\": not found in the layers");
            return Err(Failure::new("TREE_MISSING", message));
        }
    };
    let mut first_names = HashMap::new();
    let mut entries = Vec::with_capacity(found.len());
    for (from, name, meta) in found {
        if let Some(mut entry) = entry_of(tree, Named { from, name, meta }, &mut first_names)? {
            entry.header.mtime_ns = if keeps_fine_times { meta.mtime_ns } else { 0 };
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// A file of a tree, and its name in the archive.
pub struct Named {
    pub from: Vec<u8>,
    pub name: Vec<u8>,
    pub meta: Meta,
}

/// `None` for types that archives do not support, and for a link that has vanished. A later name of a file is a link to the first.
pub fn entry_of(
    tree: &Arc<dyn FileTree>,
    Named { from, name, meta }: Named,
    first_names: &mut HashMap<(u64, u64), Vec<u8>>,
) -> Result<Option<Entry>, Failure> {
    let Some(kind) = EntryKind::of(meta.kind) else { return Ok(None) };
    let mut header = Header::from_meta(name, kind, &meta);
    if kind == EntryKind::Symlink {
        header.link = match tree.read_link(&from) {
            Err(failure) if tree.may_change() && failure.is_missing() => return Ok(None),
            link => link?,
        };
    }
    if meta.is_linked {
        if let Some(first) = first_names.get(&meta.identity) {
            (header.kind, header.link, header.size) = (EntryKind::HardLink, first.clone(), 0);
            return Ok(Some(Entry { header, source: Source::Tree(Arc::clone(tree), from) }));
        }
        first_names.insert(meta.identity, header.path.clone());
    }
    Ok(Some(Entry { header, source: Source::Tree(Arc::clone(tree), from) }))
}

/// Moves everything below a directory; hard links still refer to the same files.
fn within(directory: &[u8], mut entries: Vec<Entry>) -> Vec<Entry> {
    for Entry { header, .. } in &mut entries {
        header.path = path::join(directory, &header.path);
        if header.kind == EntryKind::HardLink {
            header.link = path::join(directory, &header.link);
        }
    }
    let header = Header {
        path: directory.to_vec(),
        kind: EntryKind::Directory,
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: 0,
        is_sparse: false,
        mtime: 0,
        mtime_ns: 0,
        link: Vec::new(),
        device: (0, 0),
        xattrs: Xattrs::new(),
    };
    entries.insert(0, Entry { header, source: Source::None });
    entries
}

fn write_tar(entries: Vec<Entry>, path: &Path) -> Result<(), Failure> {
    let doing = format!("write \"{}\"", path.display());
    let mut sink = Sink::new();
    let file = sink.attach(sink::write_file(output::create(path)?));
    let written = writer::write(entries, &mut sink, None);
    let ended = sink.finish().map_err(writer::unwritable);
    let file = file.join(&doing)?;
    written.and(ended)?;
    file.sync_data().map_err(|cause| Failure::kernel("TREE_WRITE", &doing, cause))
}

/// An export is not a root filesystem: its files belong to the caller.
fn files_of_caller(path: &Path) -> Result<TreeWriter, Failure> {
    let mut writer = writer_at(path)?;
    writer.is_anonymous = true;
    Ok(writer)
}

/// Files keep their owners, and the directory gets the metadata of the root in the layers.
fn copy_of(tree: &dyn FileTree, start: &[u8], path: &Path) -> Result<TreeWriter, Failure> {
    let mut writer = writer_at(path)?;
    if let Some(meta) = tree.lookup(start)?.filter(Meta::is_directory) {
        let mut header = Header::from_meta(Vec::new(), EntryKind::Directory, &meta);
        header.xattrs = tree.xattrs(start, None)?;
        writer.describe_root(&header)?;
    }
    Ok(writer)
}

fn writer_at(path: &Path) -> Result<TreeWriter, Failure> {
    std::fs::create_dir_all(path)
        .map_err(|cause| Failure::kernel("TREE_WRITE", &format!("create \"{}\"", path.display()), cause))?;
    TreeWriter::at(path)
}

/// Merges into an existing directory.
fn write_directory(entries: Vec<Entry>, mut writer: TreeWriter) -> Result<(), Failure> {
    for mut entry in entries {
        let existing = writer
            .beneath()
            .stat(&entry.header.path)
            .map_err(|cause| super::tree_writer::unwritable(&entry.header.path, cause))?;
        let merges = entry.header.kind == EntryKind::Directory && existing.is_some_and(|meta| meta.is_directory());
        if existing.is_some() && !merges {
            writer.remove(&entry.header.path)?;
        }
        populate::write(&mut writer, &mut entry)?;
    }
    writer.finish()
}
