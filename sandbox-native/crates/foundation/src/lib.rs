//! What all other crates share: system calls, descriptors, signals, IDs, and failures as they are reported. Nothing here
//! depends on trees, sandboxes or containers.
pub mod clock;
pub mod events;
pub mod failure;
pub mod idmap;
pub mod owner_record;
pub mod process_identity;
pub mod sealed;
pub mod signals;
pub mod status;
pub mod sys;
