//! The verb write-layer: writes file actions as one layer tar, directly from their sources.
use super::archive_files::Spool;
use super::copy_files::{self, Means};
use super::mode_change::ModeChange;
use super::owner;
use super::pending::Pending;
use super::placement::{self, Maker};
use crate::layers::layered::Layered;
use crate::streams::output;
use crate::streams::sink::{self, Sink};
use crate::tar::index::IndexWriter;
use crate::tar::writer;
use crate::tree::entry::{Entry, EntryKind, Header, Source};
use crate::tree::file_tree::LinkTree;
use crate::tree::follow;
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use base64::Engine;
use foundation::failure::Failure;
use protocol::{FileAction, WriteLayerRequest, WriteLayerResult};
use std::sync::Arc;

pub fn write_layer(request: &WriteLayerRequest) -> Result<WriteLayerResult, Failure> {
    let mut pending = Pending::over(Arc::new(Layered::open(&request.base)?));
    let now = output::now_seconds();
    let means = Means { spool: Spool::next_to(&request.tar), now };
    let mut copied = Vec::new();
    for action in &request.actions {
        match action {
            FileAction::Copy(copy) => copied.extend(copy_files::copy(&mut pending, copy, &means)?),
            FileAction::Mkdir { path, mode, owner, mtime_seconds } => {
                let maker = maker_of(&pending, owner.as_deref(), mtime_seconds.unwrap_or(now))?;
                placement::make_directories(&mut pending, &path::clean(path.as_bytes()), Maker { mode: mode & 0o7777, ..maker })?;
            }
            FileAction::Mkfile { path, content_base64, mode, owner, mtime_seconds } => {
                let maker = maker_of(&pending, owner.as_deref(), mtime_seconds.unwrap_or(now))?;
                make_file(&mut pending, &NewFile { path, content_base64, mode }, maker)?;
            }
            FileAction::Rm { path, allow_missing } => remove(&mut pending, (path, *allow_missing), now)?,
        }
    }
    // A layer of `--link` is the same on every base.
    if !request.actions.iter().any(|action| matches!(action, FileAction::Copy(copy) if copy.link)) {
        pending.drop_unchanged()?;
    }
    let has_whiteout_names = pending.has_whiteout_names();
    let mut entries = pending.into_entries()?;
    output::clamp_times(&mut entries, request.max_mtime_seconds);
    let written = write(entries, request)?;
    let is_outdated = copied.iter().any(copy_files::Copied::have_changed);
    Ok(WriteLayerResult { has_whiteout_names, is_outdated, ..written })
}

fn write(entries: Vec<Entry>, request: &WriteLayerRequest) -> Result<WriteLayerResult, Failure> {
    let doing = format!("write layer \"{}\"", request.tar.display());
    let mut sink = Sink::new();
    let file = sink.attach(sink::write_file(output::create(&request.tar)?));
    let hash = request.want_diff_id.then(|| sink.attach(sink::hash));
    let mut index = IndexWriter::new();
    let written = writer::write(entries, &mut sink, Some(&mut index));
    let ended = sink.finish().map_err(writer::unwritable);
    file.join(&doing)?;
    let (tally, size_bytes) = (written?, ended?);
    index.save(&request.index, size_bytes)?;
    let diff_id = hash.map(|hash| hash.join(&doing)).transpose()?;
    Ok(WriteLayerResult {
        diff_id,
        size_bytes,
        entry_count: tally.entries,
        content_bytes: tally.content_bytes,
        has_whiteout_names: false,
        is_outdated: false,
    })
}

fn maker_of(pending: &Pending, owner: Option<&str>, mtime: i64) -> Result<Maker, Failure> {
    let owner = owner.map(|owner| owner::resolve(owner, pending.base())).transpose()?;
    Ok(Maker { owner, mode: placement::USUAL_MODE, mtime })
}

struct NewFile<'a> {
    path: &'a str,
    content_base64: &'a str,
    mode: &'a str,
}

fn make_file(pending: &mut Pending, file: &NewFile, maker: Maker) -> Result<(), Failure> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(file.content_base64)
        .map_err(|cause| Failure::new("SANDBOX_REQUEST", format!("Cannot read the content of \"{}\": {cause}", file.path)))?;
    let (real, found) = placement::destination(pending, file.path, maker)?;
    if found.is_some_and(|meta| meta.is_directory()) {
        let message = format!("Cannot write file \"{}\": a directory is there", path::show(&real));
        return Err(Failure::new("TREE_DESTINATION", message));
    }
    let mut meta = Meta::planned(Kind::File, ModeChange::parse(file.mode)?.apply(0o644, Kind::File), maker.mtime);
    (meta.uid, meta.gid) = maker.owner.unwrap_or((0, 0));
    meta.size = bytes.len() as u64;
    pending.touch(path::split(&real).0, maker.mtime)?;
    let header = Header::from_meta(real, EntryKind::File, &meta);
    pending.put(Entry { header, source: Source::Bytes(bytes.into()) });
    Ok(())
}

fn remove(pending: &mut Pending, (wanted, allow_missing): (&str, bool), now: i64) -> Result<(), Failure> {
    let real = follow::resolve(pending, &path::clean(wanted.as_bytes()), false)?;
    if real.is_empty() {
        return Err(Failure::new("TREE_DESTINATION", "Cannot remove \"/\": the root directory"));
    }
    if pending.lookup(&real)?.is_none() {
        return match allow_missing {
            true => Ok(()),
            false => Err(Failure::new("TREE_MISSING", format!("Cannot remove \"{wanted}\": no such file or directory"))),
        };
    }
    pending.touch(path::split(&real).0, now)?;
    pending.remove(&real)
}
