//! The verb digest: content digests of selections.
use super::content_digest::Digester;
use super::stamp::{Line, lines_of, stamp_of};
use super::stat_cache::StatCache;
use crate::layers::sources::OpenSource;
use crate::matching::selection::{self, Pick, Selected};
use crate::tree::meta::Kind;
use foundation::failure::Failure;
use foundation::status;
use protocol::{DigestItem, DigestItemResult, DigestRequest, DigestResult, FileSource};
use rayon::prelude::*;
use rustix::fs::{AtFlags, Timespec, Timestamps};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

pub fn digest(request: &DigestRequest) -> Result<DigestResult, Failure> {
    let mut caches = HashMap::new();
    let items = request.items.iter().map(|wanted| item(wanted, &mut caches)).collect::<Result<_, _>>()?;
    for (path, cache) in caches {
        if let Err(cause) = cache.save(path) {
            let message = format!("Cannot write the cache of file digests \"{}\": {cause}", path.display());
            status::warning(&message);
        }
    }
    Ok(DigestResult { items })
}

/// By path. The items of a request that read the same directory share one.
type StatCaches<'a> = HashMap<&'a Path, StatCache>;

fn item<'a>(item: &'a DigestItem, caches: &mut StatCaches<'a>) -> Result<DigestItemResult, Failure> {
    let source = OpenSource::open(&item.source)?;
    let picks = match selection::select(&*source.tree, &item.selection)? {
        Selected::Picks(picks) => picks,
        Selected::Missing(wanted) => return Ok(source.missing(wanted)?.into_result()),
    };
    let cache_path = match &item.source {
        FileSource::Directory { stat_cache, .. } => stat_cache.as_deref(),
        FileSource::Layers { .. } => None,
    };
    let cache = cache_path.map(|path| &*caches.entry(path).or_insert_with(|| StatCache::load(path)));
    let lines: Vec<Line> = picks.iter().flat_map(lines_of).collect();
    let digests = digests_of(&Digester { tree: &*source.tree, cache }, &lines)?;
    let stamp = source.is_context().then(|| stamp_of(&lines));
    let digested = Digested { lines: &lines, digests: &digests };
    let result = sum_up(&picks, &digested, stamp);
    if let (Some(directory), DigestItemResult::Found { digest, .. }) = (&item.manifest_directory, &result) {
        keep_manifest(directory, digest, &digested)?;
    }
    Ok(result)
}

fn digests_of(digester: &Digester, lines: &[Line]) -> Result<Vec<[u8; 32]>, Failure> {
    lines.par_iter().map(|line| digester.of_entry(&line.path, line.meta)).collect()
}

/// Lines, and the digest of each.
struct Digested<'a> {
    lines: &'a [Line<'a>],
    digests: &'a [[u8; 32]],
}

fn sum_up(picks: &[Pick], &Digested { lines, digests }: &Digested, stamp: Option<String>) -> DigestItemResult {
    let mut hasher = blake3::Hasher::new();
    let (mut file_count, mut size_bytes) = (0, 0);
    let mut rest = lines.iter().zip(digests);
    for pick in picks {
        // A copied directory's own name and metadata do not reach the destination; a file's name may.
        let count = if pick.meta.is_directory() { pick.entries.len() } else { 1 };
        hasher.update(&[u8::from(pick.meta.is_directory())]).update(&(count as u64).to_le_bytes());
        for (line, digest) in rest.by_ref().take(count) {
            hasher.update(&(line.name.len() as u64).to_le_bytes()).update(line.name).update(digest);
            if line.meta.kind == Kind::File {
                file_count += 1;
                size_bytes += line.meta.size;
            }
        }
    }
    DigestItemResult::Found { digest: format!("blake3:{}", hasher.finalize().to_hex()), file_count, size_bytes, stamp }
}

/// The name is the digest of the content, therefore an existing file is correct; only its time of use is updated.
fn keep_manifest(directory: &Path, digest: &str, digested: &Digested) -> Result<(), Failure> {
    let path = directory.join(format!("{}.manifest", digest.trim_start_matches("blake3:")));
    let now = Timestamps { last_access: USE_NOW, last_modification: USE_NOW };
    if rustix::fs::utimensat(rustix::fs::CWD, &path, &now, AtFlags::empty()).is_ok() {
        return Ok(());
    }
    let temporary = directory.join(format!("{}.{}.tmp", digest.trim_start_matches("blake3:"), std::process::id()));
    let saved = crate::streams::output::create(&temporary)?
        .write_all(&manifest_text(digested))
        .and_then(|()| std::fs::rename(&temporary, &path));
    saved.map_err(|cause| {
        let _ = std::fs::remove_file(&temporary); // the failure to write is reported
        Failure::kernel("TREE_WRITE", &format!("write manifest \"{}\"", path.display()), cause)
    })
}

pub(super) const USE_NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };

fn manifest_text(&Digested { lines, digests }: &Digested) -> Vec<u8> {
    let mut sorted: Vec<(&[u8], &[u8; 32])> = lines.iter().map(|line| &line.path[..]).zip(digests).collect();
    sorted.sort_unstable();
    let mut text = Vec::with_capacity(sorted.iter().map(|(path, _)| path.len() + 66).sum());
    for (path, digest) in sorted {
        // A name may contain newlines and tabs; the lines of the manifest may not.
        for byte in path {
            match byte {
                b'\n' => text.extend_from_slice(b"\\n"),
                b'\t' => text.extend_from_slice(b"\\t"),
                byte => text.push(*byte),
            }
        }
        text.push(b'\t');
        text.extend_from_slice(blake3::Hash::from_bytes(*digest).to_hex().as_bytes());
        text.push(b'\n');
    }
    text
}
