//! Keys that, typed on its terminal, detach from a running command.

#[derive(Default)]
pub struct DetachKeys {
    keys: Vec<u8>,
    matched: usize,
}

impl From<Vec<u8>> for DetachKeys {
    fn from(keys: Vec<u8>) -> Self {
        DetachKeys { keys, matched: 0 }
    }
}

impl DetachKeys {
    /// Removes from the typed bytes what the command does not receive; a prefix of the sequence is held back. True if the
    /// sequence is complete.
    pub fn pass(&mut self, typed: &mut Vec<u8>) -> bool {
        let mut passed = Vec::with_capacity(typed.len());
        let mut is_complete = false;
        for byte in typed.drain(..) {
            if self.keys.get(self.matched) == Some(&byte) {
                self.matched += 1;
                is_complete = self.matched == self.keys.len();
                if is_complete {
                    break;
                }
                continue;
            }
            // SPEC: moby/term, NewEscapeProxy: the byte that ends a prefix does not begin another one.
            passed.extend_from_slice(&self.keys[..self.matched]);
            passed.push(byte);
            self.matched = 0;
        }
        *typed = passed;
        is_complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(keys: &[u8], typed: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut keys = DetachKeys::from(keys.to_vec());
        let mut passed = Vec::new();
        for piece in typed {
            let mut piece = piece.to_vec();
            let is_complete = keys.pass(&mut piece);
            passed.extend(piece);
            if is_complete {
                return (passed, true);
            }
        }
        (passed, false)
    }

    #[test]
    fn a_split_sequence_is_detected_and_other_keys_are_passed() {
        assert_eq!(pass(b"pq", &[b"ap", b"q", b"never"]), (b"a".to_vec(), true));
        assert_eq!(pass(b"pq", &[b"ppx", b"p"]), (b"ppx".to_vec(), false));
        assert_eq!(pass(b"pq", &[b"p", b"p", b"q"]), (b"ppq".to_vec(), false));
        assert_eq!(pass(b"pq", &[b"pppq"]), (b"pp".to_vec(), true));
        assert_eq!(pass(b"", &[b"pq"]), (b"pq".to_vec(), false));
    }
}
