//! Finds texts of at least four bytes in one pass, however many there are: a table of the three bytes that a text may have
//! at its beginning excludes most positions. Only every second position is looked up.
use std::ops::Range;

pub const MIN_BYTES: usize = 4;
/// Fits into the CPU's first cache.
const TABLE_BITS: u32 = 14;
const LIST_BITS: u32 = 12;
/// Positions that are looked up before the first branch.
const BLOCK: usize = 8;
/// Of a block, and of the three bytes at its last position.
const BLOCK_BYTES: usize = 2 * BLOCK + MIN_BYTES;

pub struct LongTexts<T> {
    table: Box<[bool; 1 << TABLE_BITS]>,
    /// By the hash of the first four bytes.
    lists: Vec<Vec<(u32, Vec<T>)>>,
}

impl<T: Clone> LongTexts<T> {
    /// Texts with the same first bytes keep their order. Each has at least `MIN_BYTES`.
    pub fn new<'a>(texts: impl Iterator<Item = (&'a [u8], T)>) -> LongTexts<T> {
        let (table, lists) = (Box::new([false; 1 << TABLE_BITS]), vec![Vec::new(); 1 << LIST_BITS]);
        let mut long = LongTexts { table, lists };
        for (bytes, text) in texts {
            let Some(first) = bytes.first_chunk::<MIN_BYTES>() else { continue };
            let first = u32::from_le_bytes(*first);
            // The first three bytes at an even position, or the next three.
            long.table[in_table(first)] = true;
            long.table[in_table(first >> 8)] = true;
            let list = &mut long.lists[in_lists(first)];
            match list.iter_mut().find(|(bytes, _)| *bytes == first) {
                Some((_, same)) => same.push(text),
                None => list.push((first, vec![text])),
            }
        }
        long
    }

    /// Calls back with the texts whose first four bytes are at each start in the range, in order.
    pub fn each(&self, (bytes, starts): (&[u8], Range<usize>), mut found: impl FnMut(usize, &[T])) {
        // `at` is looked up: texts that start there and one before.
        let mut at = starts.start;
        let mut check = |at: usize| {
            for start in [at.wrapping_sub(1), at] {
                let first = bytes.get(start..).and_then(|rest| rest.first_chunk::<MIN_BYTES>());
                if let Some(first) = first.filter(|_| starts.contains(&start)) {
                    self.texts_with(u32::from_le_bytes(*first)).into_iter().for_each(|texts| found(start, texts));
                }
            }
        };
        while at < starts.end
            && let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<BLOCK_BYTES>())
        {
            let mut may_start = [false; BLOCK];
            for (number, may_start) in may_start.iter_mut().enumerate() {
                let four = [block[2 * number], block[2 * number + 1], block[2 * number + 2], 0];
                *may_start = self.table[in_table(u32::from_le_bytes(four))];
            }
            if may_start.iter().fold(false, |any, may_start| any | may_start) {
                (0..BLOCK).filter(|number| may_start[*number]).for_each(|number| check(at + 2 * number));
            }
            at += 2 * BLOCK;
        }
        while at <= starts.end && at < bytes.len() {
            check(at);
            at += 2;
        }
    }

    fn texts_with(&self, first: u32) -> Option<&[T]> {
        let list = &self.lists[in_lists(first)];
        list.iter().find(|(bytes, _)| *bytes == first).map(|(_, texts)| texts.as_slice())
    }
}

/// Of the lower three bytes.
fn in_table(bytes: u32) -> usize {
    ((bytes << 8).wrapping_mul(0x9e37_79b1) >> (u32::BITS - TABLE_BITS)) as usize
}

fn in_lists(bytes: u32) -> usize {
    (bytes.wrapping_mul(0x9e37_79b1) >> (u32::BITS - LIST_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_at_every_position_of_every_range() {
        let texts = LongTexts::new([(&b"key-one"[..], 1), (b"key-two", 2), (b"zzzz", 3)].into_iter());
        for before in 0..40 {
            for after in 0..40 {
                let bytes = [&vec![b'.'; before], &b"zzzz"[..], b"key-", &vec![b'.'; after]].concat();
                for from in [0, 1, before, before + 1, before + 4] {
                    for to in [before, before + 1, before + 4, before + 5, bytes.len()] {
                        let mut found = Vec::new();
                        texts.each((&bytes, from..to), |start, texts| found.push((start, texts.to_vec())));
                        let all = [(before, vec![3]), (before + 4, vec![1, 2])];
                        let expected: Vec<_> = all.into_iter().filter(|(start, _)| (from..to).contains(start)).collect();
                        assert_eq!(found, expected, "{before} {after} {from}..{to}");
                    }
                }
            }
        }
    }
}
