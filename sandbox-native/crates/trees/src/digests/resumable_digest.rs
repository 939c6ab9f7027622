//! SHA-256 whose state can be saved between two blocks and resumed by another process.
use protocol::DigestState;
use sha2::digest::generic_array::GenericArray;

const BLOCK_BYTES: usize = 64;
/// SPEC: FIPS 180-4 section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

pub struct ResumableDigest {
    state: DigestState,
    /// Bytes of an incomplete block.
    rest: Vec<u8>,
}

impl ResumableDigest {
    pub fn new(from: Option<DigestState>) -> ResumableDigest {
        let state = from.unwrap_or(DigestState { position: 0, words: INITIAL });
        ResumableDigest { state, rest: Vec::with_capacity(BLOCK_BYTES) }
    }

    pub fn position(&self) -> u64 {
        self.state.position + self.rest.len() as u64
    }

    /// State after the last complete block.
    pub fn state(&self) -> DigestState {
        self.state
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        if !self.rest.is_empty() {
            let (head, tail) = bytes.split_at(bytes.len().min(BLOCK_BYTES - self.rest.len()));
            self.rest.extend_from_slice(head);
            bytes = tail;
            if self.rest.len() == BLOCK_BYTES {
                let block = std::mem::take(&mut self.rest);
                self.compress(&block);
            }
        }
        let (blocks, rest) = bytes.split_at(bytes.len() - bytes.len() % BLOCK_BYTES);
        self.compress(blocks);
        self.rest.extend_from_slice(rest);
    }

    /// `sha256:<hex>`.
    pub fn finish(mut self) -> String {
        let bits = self.position() * 8;
        let mut last = std::mem::take(&mut self.rest);
        last.push(0x80);
        while last.len() % BLOCK_BYTES != BLOCK_BYTES - 8 {
            last.push(0);
        }
        last.extend_from_slice(&bits.to_be_bytes());
        self.compress(&last);
        let hex: String = self.state.words.iter().map(|word| format!("{word:08x}")).collect();
        format!("sha256:{hex}")
    }

    fn compress(&mut self, blocks: &[u8]) {
        for block in blocks.chunks_exact(BLOCK_BYTES) {
            sha2::compress256(&mut self.state.words, std::slice::from_ref(GenericArray::from_slice(block)));
        }
        self.state.position += blocks.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn a_resumed_digest_equals_an_uninterrupted_one() {
        let bytes: Vec<u8> = (0..1000_u32).map(|at| (at * 7) as u8).collect();
        for length in [0, 1, 55, 56, 63, 64, 65, 119, 128, 1000] {
            let expected = crate::streams::sink::digest_text(Sha256::new_with_prefix(&bytes[..length]));
            for stop in (0..=length).step_by(13) {
                let mut first = ResumableDigest::new(None);
                first.update(&bytes[..stop]);
                assert_eq!(first.position(), stop as u64);
                let state = first.state();
                let mut second = ResumableDigest::new(Some(state));
                second.update(&bytes[state.position as usize..length]);
                assert_eq!(second.finish(), expected, "{length} bytes, stopped at {stop}");
            }
        }
    }
}
