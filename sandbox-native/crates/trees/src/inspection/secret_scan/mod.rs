//! The verb scan-secrets: values and keys that layers and texts must not contain. Never outputs a found secret.
mod compressed;
mod inflate;
mod json_web_token;
mod needles;
mod patterns;
mod search;
mod texts;
mod utf16;
mod zip;

use crate::layers::layered::Layered;
use crate::tree::file_tree::{Content, FileTree, LinkTree};
use crate::tree::meta::{Kind, Meta};
use crate::tree::path;
use crate::tree::range_reader::RangeReader;
use crate::tree::walk;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compressed::{Budget, Headed};
use foundation::failure::Failure;
use protocol::{LayerSource, ScanSecretsRequest, ScanSecretsResult, SecretFinding, UnscannedFile};
use rayon::prelude::*;
use search::{Found, Hit, Searcher};

/// More findings in the same file are not useful.
const MAX_FINDINGS_OF_FILE: usize = 5;

#[derive(Default)]
struct Scanned {
    findings: Vec<SecretFinding>,
    count: usize,
    bytes: u64,
    unread: Option<UnscannedFile>,
    cut: Option<UnscannedFile>,
}

pub fn scan_secrets(request: &ScanSecretsRequest) -> Result<ScanSecretsResult, Failure> {
    let values = request.values_base64.iter().map(|text| STANDARD.decode(text)).collect::<Result<Vec<_>, _>>();
    let values = values.map_err(|cause| Failure::new("SANDBOX_REQUEST", format!("Cannot read a value: {cause}")))?;
    let prepared = Searcher::new(&values);
    let searcher = prepared.map_err(|cause| Failure::kernel("TREE_READ", "prepare the search for secrets", cause))?;
    let mut result = ScanSecretsResult::default();
    for (number, text) in request.texts.iter().enumerate() {
        let mut scanned = Scanned::default();
        let place = Place { text: Some(number), ..Place::default() };
        scanned.bytes = searcher
            .search(text.as_bytes(), text.len() as u64, |hit| scanned.findings.push(place.finding(hit)))
            .map_err(|cause| Failure::kernel("TREE_READ", "search the configuration", cause))?;
        scanned.count = scanned.findings.len();
        add(&mut result, scanned, request.max_findings);
    }
    let budget = Budget::new();
    for (number, layer) in request.layers.iter().enumerate() {
        for scanned in scan_layer((&searcher, &budget), number, layer)? {
            add(&mut result, scanned, request.max_findings);
        }
    }
    Ok(result)
}

fn add(result: &mut ScanSecretsResult, scanned: Scanned, max_findings: usize) {
    let room = max_findings.saturating_sub(result.findings.len());
    result.findings.extend(scanned.findings.into_iter().take(room));
    result.finding_count += scanned.count;
    result.scanned_bytes += scanned.bytes;
    result.unread.extend(scanned.unread);
    result.cut.extend(scanned.cut);
}

/// In the order of the tree.
fn scan_layer((searcher, budget): (&Searcher, &Budget), number: usize, layer: &LayerSource) -> Result<Vec<Scanned>, Failure> {
    let tree = Layered::open(std::slice::from_ref(layer))?;
    let entries = walk::below(&tree, b"")?;
    let scan = |(path, meta): &(Vec<u8>, Meta)| match meta.kind {
        Kind::File => Some(scan_file((searcher, budget), &tree, number, path)),
        Kind::Symlink => Some(scan_link(searcher, &tree, number, path)),
        _ => None,
    };
    Ok(entries.par_iter().filter_map(scan).collect())
}

fn scan_file((searcher, budget): (&Searcher, &Budget), tree: &Layered, number: usize, path: &[u8]) -> Scanned {
    match tree.open(path) {
        Ok(content) => {
            let mut scanned = Scanned::default();
            let shown = path::show(path);
            let mut input = Headed { input: RangeReader::new(content.clone()), head: Vec::new() };
            scanned.scan(searcher, (number, shown.clone()), content.size, &mut input);
            scanned.scan_contents((searcher, budget), (number, &shown), (&content, &input.head));
            scanned
        }
        Err(failure) => Scanned { unread: Some(unread(number, path, failure.message)), ..Scanned::default() },
    }
}

fn scan_link(searcher: &Searcher, tree: &Layered, number: usize, path: &[u8]) -> Scanned {
    match tree.read_link(path) {
        Ok(target) => {
            let mut scanned = Scanned::default();
            scanned.scan(searcher, (number, path::show(path)), target.len() as u64, &target[..]);
            scanned
        }
        Err(failure) => Scanned { unread: Some(unread(number, path, failure.message)), ..Scanned::default() },
    }
}

impl Scanned {
    fn scan(&mut self, searcher: &Searcher, (layer, path): (usize, String), size: u64, input: impl std::io::Read) {
        let place = Place { layer: Some(layer), path: Some(path), ..Place::default() };
        let read = searcher.search(input, size, |hit| {
            self.count += 1;
            if self.findings.len() < MAX_FINDINGS_OF_FILE {
                self.findings.push(place.finding(hit));
            }
        });
        match read {
            Ok(bytes) => self.bytes += bytes,
            Err(cause) => {
                self.unread = Some(UnscannedFile { layer, path: place.path.unwrap_or_default(), reason: cause.to_string() });
            }
        }
    }

    fn scan_contents(&mut self, (searcher, budget): (&Searcher, &Budget), (layer, path): (usize, &str), file: (&Content, &[u8])) {
        let is_cut = compressed::each_content(file, budget, |name, size, input| {
            self.scan(searcher, (layer, format!("{path}{name}")), size, input);
        });
        if is_cut {
            let reason = "the first part alone of what it holds compressed was searched".to_owned();
            self.cut = Some(UnscannedFile { layer, path: path.to_owned(), reason });
        }
    }
}

fn unread(layer: usize, path: &[u8], reason: String) -> UnscannedFile {
    UnscannedFile { layer, path: path::show(path), reason }
}

#[derive(Default)]
struct Place {
    layer: Option<usize>,
    text: Option<usize>,
    path: Option<String>,
}

impl Place {
    fn finding(&self, Hit { offset, what }: Hit) -> SecretFinding {
        let (value, pattern, shown) = match what {
            Found::Value(number) => (Some(number), None, None),
            Found::Pattern { kind, shown } => (None, Some(kind), Some(shown)),
        };
        SecretFinding { layer: self.layer, text: self.text, path: self.path.clone(), offset, value, pattern, shown }
    }
}
