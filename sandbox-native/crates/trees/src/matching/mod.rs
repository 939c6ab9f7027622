//! Which files a request means: wildcards, ignore files, selections. Pure but for the walk of a selection.
mod glob;
pub(crate) mod ignore;
mod ignore_index;
mod ignore_pattern;
pub(crate) mod selection;
