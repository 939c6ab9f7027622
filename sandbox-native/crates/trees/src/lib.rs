//! Work on file trees and layers: digests, archives, overlay trees. Each verb is in the file of its name; the other files
//! serve the verbs. Does not execute commands.
mod changes;
mod compression;
pub mod copy;
mod digests;
mod estargz;
mod host;
mod inspection;
mod layers;
mod matching;
mod packing;
mod rights;
mod streams;
mod tar;
mod tree;
mod unpacking;

pub use changes::diff::diff;
pub use changes::survey;
pub use compression::uncompress::uncompress;
pub use digests::digest::digest;
pub use digests::follow_blob::follow_blob;
pub use digests::receive_bytes::receive_bytes;
pub use host::beneath;
pub use host::remove::{remove, remove_at};
pub use inspection::list_files::list_files;
pub use inspection::read_files::read_files;
pub use inspection::secret_scan::scan_secrets;
pub use packing::pack::pack_layer;
pub use packing::write_layer::write_layer;
pub use unpacking::advance::advance;
pub use unpacking::flatten::flatten;
pub use unpacking::unpack::unpack_layer;

use foundation::failure::Failure;
use foundation::status;
use rights::confine;
use rights::reach::Reach;
use serde::Serialize;

/// Executes a verb with only the privileges that it needs.
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
