//! Layers as readable file trees: one layer, merged layers, whiteouts. `packing` and `unpacking` write them.
pub(crate) mod layer;
pub(crate) mod layered;
pub(crate) mod sources;
mod tar_layer;
pub(crate) mod whiteout;
