//! File capabilities in the form of layers. SPEC: linux/capability.h, struct vfs_ns_cap_data

const REVISION_2: u8 = 2;
const REVISION_3: u8 = 3;
const LENGTH_2: usize = 20;
const LENGTH_3: usize = 24;
/// The high byte of a little-endian word.
const REVISION_AT: usize = 3;

/// Capabilities set by the root of a user namespace name its ID: with mapped files this is user 0, which revision 2 implies
/// without naming it.
pub fn portable(mut value: Vec<u8>) -> Vec<u8> {
    let names_root = value.len() == LENGTH_3 && value[REVISION_AT] == REVISION_3 && value[LENGTH_2..] == [0; 4];
    if names_root {
        value.truncate(LENGTH_2);
        value[REVISION_AT] = REVISION_2;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portable_omits_a_root_that_is_user_0() {
        let of = |revision: u8, root: &[u8]| [&[1, 0, 0, revision], &[7; 16][..], root].concat();
        assert_eq!(portable(of(3, &[0; 4])), of(2, &[]));
        assert_eq!(portable(of(3, &[1, 0, 0, 0])), of(3, &[1, 0, 0, 0]));
        assert_eq!(portable(of(2, &[])), of(2, &[]));
    }
}
