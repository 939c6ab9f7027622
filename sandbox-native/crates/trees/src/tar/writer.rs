//! Writes entries as an archive: sources are read ahead in parallel, in batches, and written in order.
use super::index::IndexWriter;
use super::{header, padding};
use crate::host::host_directory::unreadable;
use crate::streams::sink::Sink;
use crate::tree::entry::{Entry, EntryKind, Header, Source, Tally};
use crate::tree::file_tree::Content;
use crate::tree::path;
use crate::tree::vanished::Vanished;
use foundation::failure::Failure;
use rayon::prelude::*;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::mpsc::sync_channel;

/// Files up to this size are read completely, ahead of time; longer ones are streamed.
const SMALL_BYTES: u64 = 128 << 10;
const BATCH_ENTRIES: usize = 256;
const BATCH_BYTES: u64 = 8 << 20;

struct Loaded {
    header: Header,
    data: Data,
}

enum Data {
    None,
    /// The file has vanished from a tree that may change.
    Vanished,
    /// A hard link, and the file that it is if its target has vanished.
    Link(Source),
    Whole(Vec<u8>),
    /// If the file may change, missing bytes at its end are zeros.
    Streamed {
        content: Content,
        may_change: bool,
    },
}

/// Writes all entries and the end of the archive; returns their totals.
pub fn write(entries: Vec<Entry>, sink: &mut Sink, mut index: Option<&mut IndexWriter>) -> Result<Tally, Failure> {
    let (send, receive) = sync_channel::<Vec<Result<Loaded, Failure>>>(1);
    let (mut tally, mut vanished) = (Tally::default(), Vanished::default());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for batch in batches(entries) {
                // If writing has failed, there is no receiver.
                if send.send(batch.into_par_iter().map(load).collect()).is_err() {
                    return;
                }
            }
        });
        for batch in receive {
            for loaded in batch {
                let Some(loaded) = settle(loaded?, &mut vanished)? else { continue };
                tally.add(&loaded.header);
                put(loaded, sink, index.as_deref_mut())?;
            }
        }
        sink.zeros(1024).map_err(unwritable)?;
        Ok(tally)
    })
}

fn batches(entries: Vec<Entry>) -> impl Iterator<Item = Vec<Entry>> {
    let mut rest = entries.into_iter().peekable();
    std::iter::from_fn(move || {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH_ENTRIES && bytes < BATCH_BYTES {
            let Some(entry) = rest.next() else { break };
            bytes += entry.header.size.min(SMALL_BYTES);
            batch.push(entry);
        }
        (!batch.is_empty()).then_some(batch)
    })
}

/// `None` for a file that has vanished. Entries are settled in order: each knows which earlier ones have vanished.
fn settle(mut loaded: Loaded, vanished: &mut Vanished) -> Result<Option<Loaded>, Failure> {
    if vanished.replace_target(&mut loaded.header)
        && let Data::Link(source) = loaded.data
    {
        loaded = load(Entry { header: loaded.header, source })?;
    }
    if matches!(loaded.data, Data::Vanished) {
        vanished.add(loaded.header.path);
        return Ok(None);
    }
    Ok(Some(loaded))
}

fn load(entry: Entry) -> Result<Loaded, Failure> {
    let may_change = matches!(&entry.source, Source::Tree(tree, _) if tree.may_change());
    if !may_change {
        return load_present(entry, may_change);
    }
    let header = entry.header.clone();
    match load_present(entry, may_change) {
        Err(failure) if failure.is_missing() => Ok(Loaded { header, data: Data::Vanished }),
        loaded => loaded,
    }
}

fn load_present(entry: Entry, may_change: bool) -> Result<Loaded, Failure> {
    let mut header = entry.header;
    let content = match entry.source {
        Source::None => return Ok(Loaded { header, data: Data::None }),
        Source::Bytes(bytes) => return Ok(Loaded { header, data: Data::Whole(bytes.to_vec()) }),
        Source::Range(content) => content,
        Source::Tree(tree, path) if header.kind == EntryKind::File => {
            let content = tree.open(&path)?;
            header.xattrs = tree.xattrs(&path, Some(&content))?;
            content
        }
        source @ Source::Tree(..) if header.kind == EntryKind::HardLink => {
            return Ok(Loaded { header, data: Data::Link(source) });
        }
        Source::Tree(tree, path) => {
            if header.kind == EntryKind::Directory {
                header.xattrs = tree.xattrs(&path, None)?;
            }
            return Ok(Loaded { header, data: Data::None });
        }
    };
    if may_change {
        header.size = content.size;
    } else if content.size != header.size {
        return Err(changed(&header));
    }
    if content.size > SMALL_BYTES {
        return Ok(Loaded { header, data: Data::Streamed { content, may_change } });
    }
    let mut bytes = vec![0u8; content.size as usize];
    match content.file.read_exact_at(&mut bytes, content.offset) {
        Err(cause) if may_change && cause.kind() == io::ErrorKind::UnexpectedEof => {} // the rest stays zero
        read => read.map_err(|cause| read_failed(&header, cause))?,
    }
    Ok(Loaded { header, data: Data::Whole(bytes) })
}

fn put(loaded: Loaded, sink: &mut Sink, index: Option<&mut IndexWriter>) -> Result<(), Failure> {
    let mut blocks = Vec::with_capacity(512);
    header::encode(&mut blocks, &loaded.header);
    sink.write_all(&blocks).map_err(unwritable)?;
    if let Some(index) = index {
        index.add(&loaded.header, sink.position());
    }
    match &loaded.data {
        Data::None | Data::Link(_) | Data::Vanished => return Ok(()),
        Data::Whole(bytes) => sink.write_all(bytes).map_err(unwritable)?,
        Data::Streamed { content, may_change } => {
            let left = stream(content, &loaded.header, sink)?;
            if left > 0 && !may_change {
                return Err(changed(&loaded.header));
            }
            io::copy(&mut io::repeat(0).take(left), sink).map_err(unwritable)?;
        }
    }
    sink.zeros(padding(loaded.header.size)).map_err(unwritable)
}

/// Returns the number of bytes by which the file is shorter than it was.
fn stream(content: &Content, header: &Header, sink: &mut Sink) -> Result<u64, Failure> {
    let mut done = 0;
    while done < content.size {
        let limit = usize::try_from(content.size - done).unwrap_or(usize::MAX);
        let got = sink
            .fill(limit, |room| content.file.read_at(room, content.offset + done))
            .map_err(|cause| read_failed(header, cause))?;
        if got == 0 {
            break;
        }
        done += got as u64;
    }
    Ok(content.size - done)
}

fn read_failed(header: &Header, cause: io::Error) -> Failure {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => changed(header),
        io::ErrorKind::BrokenPipe => unwritable(cause),
        _ => match cause.raw_os_error() {
            Some(errno) => unreadable(&header.path, rustix::io::Errno::from_raw_os_error(errno)),
            None => Failure::kernel("TREE_READ", &format!("read \"{}\"", path::show(&header.path)), cause),
        },
    }
}

fn changed(header: &Header) -> Failure {
    let message = format!("Cannot copy \"{}\": the file changed while it was read", path::show(&header.path));
    Failure::new("TREE_CHANGED", message).with_hint("Build again when no process writes to it")
}

pub fn unwritable(cause: io::Error) -> Failure {
    Failure::kernel("TREE_WRITE", "write the archive", cause)
}
