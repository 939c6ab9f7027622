//! Files that have vanished from a tree that may change: the next name of such a file becomes the target of its hard links.
use super::entry::{EntryKind, Header};
use std::collections::HashMap;

#[derive(Default)]
pub struct Vanished {
    /// By name; with the name that replaces it.
    names: HashMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Vanished {
    pub fn add(&mut self, name: Vec<u8>) {
        self.names.insert(name, None);
    }

    /// Whether the hard link has become a file, whose content must be read, because its target has vanished.
    pub fn replace_target(&mut self, header: &mut Header) -> bool {
        while header.kind == EntryKind::HardLink
            && let Some(next) = self.names.get_mut(&header.link)
        {
            match next {
                Some(next) => header.link.clone_from(next),
                None => {
                    *next = Some(header.path.clone());
                    header.link.clear();
                    header.kind = EntryKind::File;
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::meta::{Kind, Meta};

    fn link(path: &str) -> Header {
        let meta = Meta::planned(Kind::File, 0o644, 0);
        Header { link: b"first".to_vec(), ..Header::from_meta(path.into(), EntryKind::HardLink, &meta) }
    }

    #[test]
    fn the_next_name_replaces_a_vanished_one_as_the_target_of_later_links() {
        let (mut vanished, mut second, mut third, mut fourth) =
            (Vanished::default(), link("second"), link("third"), link("fourth"));
        assert!(!vanished.replace_target(&mut link("other")));
        vanished.add(b"first".to_vec());
        assert!(vanished.replace_target(&mut second) && second.kind == EntryKind::File);
        vanished.add(b"second".to_vec());
        assert!(vanished.replace_target(&mut third) && third.kind == EntryKind::File);
        assert!(!vanished.replace_target(&mut fourth) && fourth.link == b"third");
    }
}
