//! Writes trees to disk: from a blob, from entries, from other layers. `layers` reads layers.
pub(crate) mod advance;
pub(crate) mod flatten;
pub(crate) mod host_risks;
mod layer_applier;
mod populate;
pub(crate) mod tree_writer;
pub(crate) mod unpack;
