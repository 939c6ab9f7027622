//! Layers as file trees that can be read: one layer, layers as one tree, whiteouts. Writing is in `packing` and `unpacking`.
pub(crate) mod layer;
pub(crate) mod layered;
pub(crate) mod sources;
mod tar_layer;
pub(crate) mod whiteout;
