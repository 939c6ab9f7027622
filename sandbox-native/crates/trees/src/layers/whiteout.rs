//! How layer archives delete files of lower layers.
use crate::tree::path;
use foundation::idmap;
use std::sync::OnceLock;

const PREFIX: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

pub enum Name<'a> {
    Plain,
    /// Everything that lower layers contain in this directory.
    Opaque(&'a [u8]),
    /// This path in lower layers.
    Deletes(Vec<u8>),
}

pub fn of_name(path: &[u8]) -> Name<'_> {
    let (directory, name) = path::split(path);
    if name == OPAQUE {
        return Name::Opaque(directory);
    }
    match name.strip_prefix(PREFIX) {
        Some(deleted) => Name::Deletes(path::join(directory, deleted)),
        None => Name::Plain,
    }
}

pub fn is_whiteout(path: &[u8]) -> bool {
    path::split(path).1.starts_with(PREFIX)
}

/// Whether deleting by this name is dangerous: `.wh.` itself, `.wh..` and `.wh...` would delete the directory or its parent.
pub fn is_dangerous(path: &[u8]) -> bool {
    path::split(path).1.strip_prefix(PREFIX).is_some_and(|name| matches!(name, b"" | b"." | b".."))
}

pub fn deleting(path: &[u8]) -> Vec<u8> {
    let (directory, name) = path::split(path);
    path::join(directory, &[PREFIX, name].concat())
}

/// Set on a directory of a tree that hides that of the layers below. SECURITY: the attribute that overlay mounts of this
/// user interpret; a step that sets the other one sets an ordinary attribute (test/attack/layers/opaque-attribute.test.ts).
pub fn opaque_attribute() -> &'static str {
    static NAME: OnceLock<&str> = OnceLock::new();
    NAME.get_or_init(|| if idmap::in_user_namespace() { "user.overlay.opaque" } else { "trusted.overlay.opaque" })
}

pub fn opaque(directory: &[u8]) -> Vec<u8> {
    path::join(directory, OPAQUE)
}
