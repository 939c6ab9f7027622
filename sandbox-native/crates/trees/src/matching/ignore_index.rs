//! Finds the few patterns of a long ignore file that a path may match. Literal texts of the patterns are looked up in the
//! path, which avoids trying every pattern for every file.
use std::collections::HashMap;

/// Below it, trying all patterns is faster than the index.
const SMALL: usize = 64;
const WINDOW_BYTES: usize = 8;
/// Windows of one pattern that are compared.
const MAX_CHOICES: usize = 64;

/// Up to WINDOW_BYTES of a pattern's text.
type Window = (u8, u64);

#[derive(Default)]
pub struct IgnoreIndex {
    count: usize,
    /// Patterns by a text that every path they match contains.
    by_window: HashMap<Window, Vec<u32>>,
    widths: Vec<usize>,
    without_text: Vec<u32>,
}

impl IgnoreIndex {
    /// `texts` are, for each pattern, texts that every path it matches contains.
    pub fn build(texts: impl ExactSizeIterator<Item = Vec<Vec<u8>>>) -> IgnoreIndex {
        let mut index =
            IgnoreIndex { count: texts.len(), by_window: HashMap::new(), widths: Vec::new(), without_text: Vec::new() };
        if index.count <= SMALL {
            return index;
        }
        for (at, texts) in texts.enumerate() {
            // SECURITY: many patterns with a common text are distinguished by another text.
            let choices = texts.iter().flat_map(|text| windows(text)).take(MAX_CHOICES);
            let users = |window: &Window| index.by_window.get(window).map_or(0, Vec::len);
            match choices.min_by_key(|window| (WINDOW_BYTES - usize::from(window.0), users(window))) {
                Some(window) => index.by_window.entry(window).or_default().push(at as u32),
                None => index.without_text.push(at as u32),
            }
        }
        let mut widths: Vec<usize> = index.by_window.keys().map(|window| usize::from(window.0)).collect();
        widths.sort_unstable();
        widths.dedup();
        index.widths = widths;
        index
    }

    /// Each pattern that may match, once, in order.
    pub fn candidates(&self, path: &[u8]) -> Vec<u32> {
        if self.count <= SMALL {
            return (0..self.count as u32).collect();
        }
        let mut found = self.without_text.clone();
        for width in &self.widths {
            for part in path.windows(*width) {
                if let Some(patterns) = self.by_window.get(&window(part)) {
                    found.extend_from_slice(patterns);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn windows(text: &[u8]) -> impl Iterator<Item = Window> {
    let width = text.len().min(WINDOW_BYTES);
    // The end of a name is more distinctive than its beginning.
    text.windows(width.max(1)).rev().map(window)
}

fn window(part: &[u8]) -> Window {
    let mut bytes = [0; WINDOW_BYTES];
    bytes[..part.len()].copy_from_slice(part);
    (part.len() as u8, u64::from_le_bytes(bytes))
}
