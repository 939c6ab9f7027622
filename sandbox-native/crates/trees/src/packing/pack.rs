//! The verb pack-layer: writes a layer in any form as a stream: its diff ID, and a blob if requested.
use super::archive_files::{self, Archive, Spool};
use crate::changes::changed_tree::ChangedTree;
use crate::changes::tree_diff::TreeDiff;
use crate::compression::compress;
use crate::compression::decompress::{self, HEAD_BYTES};
use crate::layers::layer::Layer;
use crate::layers::layered::Layered;
use crate::streams::output;
use crate::streams::sink::{self, Sink};
use crate::tar::index::IndexWriter;
use crate::tar::reader::TarReader;
use crate::tar::writer;
use crate::tree::entry::{Entry, EntryKind, Source, Tally};
use crate::tree::file_tree::Content;
use crate::tree::range_reader::RangeReader;
use foundation::failure::Failure;
use protocol::{Compression, EstargzResult, LayerSource, PackLayerRequest, PackLayerResult, PackSource};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

pub fn pack_layer(request: &PackLayerRequest) -> Result<PackLayerResult, Failure> {
    let is_plain = request.output.as_ref().is_some_and(|output| output.compression == Compression::None);
    if request.index.is_some() && !is_plain {
        let message = "Cannot write an entry index: the output is compressed or there is none";
        return Err(Failure::new("SANDBOX_REQUEST", message));
    }
    match &request.layer {
        PackSource::Tree { path } => {
            let entries = tree_entries(path, request)?;
            write_entries(entries, request)
        }
        PackSource::ChangedTree { path, survey } => {
            let changed = ChangedTree::open(path, survey)?;
            changed.renew(survey)?;
            let tree = tree_alone(path, request)?;
            let entries = TreeDiff::new(Layer::Changed(changed), Arc::new(tree), Layered::open(&request.base)?).entries()?;
            write_entries(entries, request)
        }
        PackSource::Tar { path } | PackSource::Blob { path } => {
            let content = plain_content(path)?;
            match request.index.is_none() && request.max_mtime_seconds.is_none() {
                true => copy_through(content, request),
                false => write_entries(archive_entries(content, &Spool::next_to(path))?, request),
            }
        }
    }
}

fn tree_entries(path: &Path, request: &PackLayerRequest) -> Result<Vec<Entry>, Failure> {
    let layer = Layer::open(&LayerSource::Tree { path: path.to_path_buf() })?;
    TreeDiff::new(layer, Arc::new(tree_alone(path, request)?), Layered::open(&request.base)?).entries()
}

fn tree_alone(path: &Path, request: &PackLayerRequest) -> Result<Layered, Failure> {
    let sources = [LayerSource::Tree { path: path.to_path_buf() }];
    if request.live { Layered::open_live(&sources) } else { Layered::open(&sources) }
}

fn write_entries(mut entries: Vec<Entry>, request: &PackLayerRequest) -> Result<PackLayerResult, Failure> {
    output::clamp_times(&mut entries, request.max_mtime_seconds);
    let mut index = request.index.as_ref().map(|_| IndexWriter::new());
    let result = stream(request, |sink| writer::write(entries, sink, index.as_mut()))?;
    if let (Some(index), Some(path)) = (index, &request.index) {
        index.save(path, result.size_bytes)?;
    }
    Ok(result)
}

/// Copies an archive unchanged and counts its entries.
fn copy_through(content: Content, request: &PackLayerRequest) -> Result<PackLayerResult, Failure> {
    stream(request, |sink| {
        let input = Tee { input: RangeReader::new(content), sink };
        let mut reader = TarReader::new(BufReader::with_capacity(1 << 18, input));
        let mut tally = Tally::default();
        while let Some(header) = reader.next()? {
            tally.add(&header);
        }
        reader.drain()?;
        Ok(tally)
    })
}

fn stream(
    request: &PackLayerRequest,
    fill: impl FnOnce(&mut Sink) -> Result<Tally, Failure>,
) -> Result<PackLayerResult, Failure> {
    let mut sink = Sink::new();
    let diff_id = sink.attach(sink::hash);
    let blob = match &request.output {
        Some(output) => {
            let file = output::create(&output.path)?;
            let room = Spool::next_to(&output.path);
            let spool = move || room.nameless_file().map_err(|failure| io::Error::other(failure.message));
            Some(sink.attach(compress::into_file(file, (output.compression, output.level), spool)))
        }
        None => None,
    };
    let progress = blob.as_ref().map(|_| sink.attach(sink::tell_progress));
    let filled = fill(&mut sink);
    let ended = sink.finish().map_err(writer::unwritable);
    let blob = blob.map(|blob| blob.join("write the layer's blob")).transpose()?;
    progress.map(|progress| progress.join("report the progress")).transpose()?;
    let (tally, size_bytes) = (filled?, ended?);
    let diff_id = diff_id.join("hash the layer")?;
    Ok(PackLayerResult {
        diff_id,
        size_bytes,
        entry_count: tally.entries,
        content_bytes: tally.content_bytes,
        digest: blob.as_ref().map(|blob| blob.digest.clone()),
        output_size_bytes: blob.as_ref().map(|blob| blob.size_bytes),
        estargz: blob.and_then(|blob| blob.estargz).map(|estargz| EstargzResult {
            diff_id: estargz.diff_id,
            size_bytes: estargz.size_bytes,
            toc_digest: estargz.toc_digest,
        }),
    })
}

/// The uncompressed bytes of a file; compressed ones are spooled next to it.
fn plain_content(path: &Path) -> Result<Content, Failure> {
    let doing = |cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", path.display()), cause);
    let file = Arc::new(File::open(path).map_err(doing)?);
    let size = file.metadata().map_err(doing)?.len();
    let content = Content { file, offset: 0, size };
    let mut head = Vec::new();
    RangeReader::new(content.clone()).take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(doing)?;
    let format = decompress::format_of(&head);
    if format == decompress::Format::Plain {
        return Ok(content);
    }
    let mut file = Spool::next_to(path).nameless_file()?;
    let input = BufReader::with_capacity(1 << 18, RangeReader::new(content));
    let size = io::copy(&mut decompress::open(format, input, None)?, &mut file)
        .map_err(|cause| Failure::kernel("TREE_ARCHIVE", &format!("read \"{}\"", path.display()), cause))?;
    Ok(Content { file: Arc::new(file), offset: 0, size })
}

fn archive_entries(content: Content, spool: &Spool) -> Result<Vec<Entry>, Failure> {
    let mut reader = TarReader::new(BufReader::with_capacity(1 << 18, RangeReader::new(content.clone())));
    let archive = Archive { content, spool };
    let mut entries = Vec::new();
    while let Some(mut header) = reader.next()? {
        header.path = crate::tree::path::clean(&header.path);
        let source = match header.kind {
            EntryKind::File => Source::Range(archive_files::content_of(&header, &mut reader, &archive)?),
            _ => Source::None,
        };
        // The root has no name in our archives.
        if !header.path.is_empty() {
            entries.push(Entry { header, source });
        }
    }
    Ok(entries)
}

struct Tee<'a> {
    input: RangeReader,
    sink: &'a mut Sink,
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(buffer)?;
        io::Write::write_all(self.sink, &buffer[..got])?;
        Ok(got)
    }
}
