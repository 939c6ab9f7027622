//! Which files a request selects: wildcards, ignore files, selections. Pure except for the walk of a selection.
mod glob;
pub(crate) mod ignore;
mod ignore_index;
mod ignore_pattern;
pub(crate) mod selection;
