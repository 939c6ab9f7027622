//! Finds what a command changed in a tree: survey, comparison and the verb `diff`. Does not write archives.
pub(crate) mod changed_tree;
pub(crate) mod diff;
pub mod survey;
pub(crate) mod tree_diff;
