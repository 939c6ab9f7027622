//! What each verb needs of the machine, and giving up the rest before it starts.
pub(crate) mod confine;
pub(crate) mod reach;
