//! What a command changed in a tree: survey, comparison and the verb `diff`. No archive is written here.
pub(crate) mod changed_tree;
pub(crate) mod diff;
pub mod survey;
pub(crate) mod tree_diff;
