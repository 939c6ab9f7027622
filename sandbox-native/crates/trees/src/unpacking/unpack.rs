//! The verb unpack-layer: unpacks a layer blob to an overlay tree, which is complete or absent.
use super::layer_applier::LayerApplier;
use super::tree_writer::TreeWriter;
use crate::layers::layered::Layered;
use crate::streams::verified_stream::{self, Blob};
use crate::tar::reader::TarReader;
use crate::tree::entry::Tally;
use crate::tree::file_tree::FileTree;
use foundation::failure::Failure;
use protocol::{UnpackLayerRequest, UnpackLayerResult};
use rustix::fs::Mode;
use std::path::{Path, PathBuf};

const DEFAULT_MAX_ENTRIES: u64 = 10_000_000;

pub fn unpack_layer(request: &UnpackLayerRequest) -> Result<UnpackLayerResult, Failure> {
    let base = Layered::open(&request.base)?;
    let fresh = temporary_path_for(&request.tree);
    let made = make_tree(request, &fresh, &base).and_then(|result| {
        std::fs::rename(&fresh, &request.tree)
            .map_err(|cause| Failure::kernel("TREE_WRITE", &format!("publish \"{}\"", request.tree.display()), cause))?;
        Ok(result)
    });
    if made.is_err() {
        // The first failure is reported.
        let _ = crate::host::remove::remove(&protocol::RemoveRequest { paths: vec![fresh] });
    }
    made
}

fn make_tree(request: &UnpackLayerRequest, fresh: &Path, base: &dyn FileTree) -> Result<UnpackLayerResult, Failure> {
    let doing = |cause: rustix::io::Errno| Failure::kernel("TREE_WRITE", &format!("create \"{}\"", fresh.display()), cause);
    rustix::fs::mkdir(fresh, Mode::RWXU).map_err(doing)?;
    let (max_bytes, max_entries) = request.limits.map_or((None, None), |limits| (limits.max_bytes, limits.max_entries));
    let max_entries = max_entries.unwrap_or(DEFAULT_MAX_ENTRIES);
    let blob = Blob { path: &request.blob, is_growing: request.growing };
    let (stream, sums) = verified_stream::open(&blob, max_bytes, request.expect_digest.is_some())?;
    let mut reader = TarReader::new(stream);
    let mut applier = LayerApplier::new(TreeWriter::at(fresh)?, base);
    applier.has_literal_names = request.literal_names;
    applier.inherit_root()?;
    let mut tally = Tally::default();
    while let Some(header) = reader.next()? {
        tally.add(&header);
        if tally.entries > max_entries {
            let message = format!("Cannot unpack the layer: it has more than {max_entries} entries");
            return Err(Failure::new("TREE_LIMIT", message));
        }
        applier.apply(header, &mut reader)?;
    }
    reader.drain()?;
    applier.finish()?;
    let found = sums.finish()?;
    expect("digest", request.expect_digest.as_deref(), found.digest.as_deref().unwrap_or_default())?;
    expect("diff ID", request.expect_diff_id.as_deref(), &found.diff_id)?;
    Ok(UnpackLayerResult {
        diff_id: found.diff_id,
        size_bytes: found.size_bytes,
        entry_count: tally.entries,
        content_bytes: tally.content_bytes,
    })
}

fn expect(what: &str, wanted: Option<&str>, found: &str) -> Result<(), Failure> {
    match wanted {
        Some(wanted) if wanted != found => {
            let message = format!("Cannot unpack the layer: its {what} is {found} (expected {wanted})");
            Err(Failure::new("TREE_DIGEST", message)
                .with_hint("Fetch it again: the content is damaged or belongs to another layer"))
        }
        _ => Ok(()),
    }
}

/// In the same directory, so that it can be renamed.
fn temporary_path_for(tree: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".unpack-");
    name.push(tree.file_name().unwrap_or_default());
    name.push(format!("-{}", std::process::id()));
    tree.with_file_name(name)
}
