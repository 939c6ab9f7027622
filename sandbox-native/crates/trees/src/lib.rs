//! Work on trees of files and layers: digests, archives, overlay trees. One module a verb; all else serves these.
mod advance;
mod archive_files;
pub mod beneath;
mod changed_tree;
mod compress;
mod confine;
mod content_digest;
pub mod copy;
mod copy_files;
mod decompress;
mod diff;
mod digest;
mod direct_file;
mod elf;
mod entry;
mod file_capabilities;
mod file_tree;
mod flatten;
mod follow;
mod follow_blob;
mod glob;
mod growing_file;
mod host_directory;
mod host_risks;
mod ignore;
mod ignore_index;
mod ignore_pattern;
mod layer;
mod layer_applier;
mod layered;
mod meta;
mod mode_change;
mod output;
mod owner;
mod pack;
mod path;
mod pending;
mod placement;
mod populate;
mod range_reader;
mod reach;
pub mod read_files;
mod recorded_owners;
mod remove;
mod resumable_digest;
pub mod secret_scan;
mod selection;
mod sink;
mod sources;
mod stat_cache;
pub mod survey;
mod tar;
mod tar_layer;
mod tree_diff;
mod tree_writer;
mod unpack;
mod verified_stream;
mod walk;
mod whiteout;
mod write_layer;

pub use advance::advance;
pub use diff::diff;
pub use digest::digest;
pub use flatten::flatten;
pub use follow_blob::follow_blob;
pub use pack::pack_layer;
pub use read_files::read_files;
pub use remove::{remove, remove_at};
pub use secret_scan::scan_secrets;
pub use unpack::unpack_layer;
pub use write_layer::write_layer;

use foundation::failure::Failure;
use foundation::status;
use reach::Reach;
use serde::Serialize;

/// Does the work of a verb with what it needs and no more.
pub fn work<'a, Request, Done: Serialize>(
    request: &'a Request,
    verb: impl FnOnce(&'a Request) -> Result<Done, Failure>,
) -> Result<(), Failure>
where
    Reach: From<&'a Request>,
{
    confine::confine(&Reach::from(request))?;
    verb(request).map(status::result)
}
