//! The verb scan-secrets: values and keys that layers and texts must not contain. Never outputs a found secret.
mod compressed;
mod inflate;
mod json_web_token;
mod long_texts;
mod needles;
mod patterns;
mod scan_file;
mod search;
mod texts;
mod utf16;
mod zip;

use crate::layers::layered::Layered;
use crate::tree::meta::{Kind, Meta};
use crate::tree::walk;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compressed::{Budget, Bytes};
use foundation::failure::Failure;
use protocol::{LayerSource, ScanSecretsRequest, ScanSecretsResult};
use rayon::prelude::*;
use scan_file::{Buffers, LayerScan, Location, Scanned};
use search::Searcher;

pub fn scan_secrets(request: &ScanSecretsRequest) -> Result<ScanSecretsResult, Failure> {
    let values = request.values_base64.iter().map(|text| STANDARD.decode(text)).collect::<Result<Vec<_>, _>>();
    let values = values.map_err(|cause| Failure::new("SANDBOX_REQUEST", format!("Cannot read a value: {cause}")))?;
    let prepared = Searcher::new(&values);
    let searcher = prepared.map_err(|cause| Failure::kernel("TREE_READ", "prepare the search for secrets", cause))?;
    let mut result = ScanSecretsResult::default();
    for (number, text) in request.texts.iter().enumerate() {
        let mut scanned = Scanned::default();
        let location = Location { text: Some(number), ..Location::default() };
        scanned.search((&searcher, &location), Bytes::InMemory(text.as_bytes()));
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
    let scan = LayerScan { searcher, budget, tree: &tree, number };
    let scan = |buffers: &mut Buffers, (path, meta): &(Vec<u8>, Meta)| match meta.kind {
        Kind::File => Some(scan.file(path, buffers)),
        Kind::Symlink => Some(scan.link(path)),
        _ => None,
    };
    Ok(entries.par_iter().map_init(Buffers::default, scan).flatten_iter().collect())
}
