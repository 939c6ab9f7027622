//! Writes layer archives: from a stored layer (`pack`) or from the file actions of COPY and ADD (`write_layer`).
mod archive_files;
mod copy_files;
mod mode_change;
pub(crate) mod owner;
pub(crate) mod pack;
mod pending;
mod placement;
pub(crate) mod write_layer;
