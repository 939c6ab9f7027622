//! Renaming: the records of links are stored by name, and move with the links.
use super::caller::{Caller, PathArgument};
use super::file;
use super::listener::Answer;
use foundation::owner_record::Record;
use rustix::fs::{RenameFlags, renameat_with};
use rustix::io::Errno;

pub fn rename(caller: &Caller, [old, new]: [PathArgument; 2], flags: u32) -> Result<Answer, Errno> {
    let old = file::entry_of(caller, old.directory, &caller.text(old.address)?)?;
    let new = file::entry_of(caller, new.directory, &caller.text(new.address)?)?;
    if old.names().is_none() && new.names().is_none() {
        return Ok(Answer::Continues);
    }
    let (moved, replaced) = (old.record(), new.record());
    let flags = RenameFlags::from_bits_retain(flags);
    if let Err(errno) = renameat_with(&old.parent, &old.name[..], &new.parent, &new.name[..], flags) {
        return Ok(Answer::Fails(errno));
    }
    old.keep(if flags.contains(RenameFlags::EXCHANGE) { replaced } else { Record::ROOT });
    new.keep(moved);
    Ok(Answer::Returns(0))
}
