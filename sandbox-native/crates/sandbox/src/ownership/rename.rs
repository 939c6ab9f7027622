//! Renaming: the records of links are stored by name, and move with the links.
use super::caller::Caller;
use super::file;
use super::listener::Answer;
use foundation::owner_record::Record;
use rustix::fs::{RenameFlags, renameat_with};
use rustix::io::Errno;
use std::os::raw::c_int;

pub fn rename(caller: &Caller, [(from, old), (to, new)]: [(c_int, u64); 2], flags: u32) -> Result<Answer, Errno> {
    let old = file::place_of(caller, from, &caller.text(old)?)?;
    let new = file::place_of(caller, to, &caller.text(new)?)?;
    if old.names().is_none() && new.names().is_none() {
        return Ok(Answer::GoesOn);
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
