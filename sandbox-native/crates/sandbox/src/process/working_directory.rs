//! The directory in which the command starts, created if it does not exist.
use super::command::check_mapped;
use super::user::{self, User};
use crate::inside::Inside;
use foundation::failure::Failure;
use foundation::owner_record::{self, Record};
use protocol::ProcessSpec;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Gid, Mode, OFlags, Uid, fchown, mkdirat, openat};
use std::io;
use std::path::{Component, Path, PathBuf};

const CODE: &str = "SANDBOX_COMMAND";

pub fn make(inside: &Inside, process: &ProcessSpec) -> Result<(), Failure> {
    let cwd = &process.cwd;
    if !cwd.starts_with('/') {
        return Err(Failure::new(CODE, format!("Cannot work in \"{cwd}\": the path is not absolute")));
    }
    let clean = clean(Path::new(cwd));
    let missing: Vec<&Path> = clean.ancestors().take_while(|path| !exists(inside, path)).collect();
    let failed = |cause: io::Error| Failure::kernel(CODE, &format!("create the working directory \"{cwd}\""), cause);
    if !missing.is_empty() {
        make_missing(inside, (&missing, process), &failed)?;
    }
    // SPEC: runc creates every component of the path as written: of "/a/b/../c" also b. They belong to root.
    let written: Vec<&Path> = Path::new(cwd).ancestors().filter(|path| path.file_name().is_some()).collect();
    let mut missing = written.iter().rev().filter(|path| !exists(inside, path));
    missing.try_for_each(|path| make_one(inside, path).map(drop)).map_err(failed)
}

fn exists(inside: &Inside, path: &Path) -> bool {
    inside.open(path, OFlags::PATH).is_ok()
}

fn make_one(inside: &Inside, path: &Path) -> io::Result<OwnedFd> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let parent = inside.open(path.parent().unwrap_or(Path::new("/")), OFlags::PATH | OFlags::DIRECTORY)?;
    mkdirat(&parent, name, Mode::from_raw_mode(0o777))?;
    Ok(openat(&parent, name, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
}

/// Resolves `..` textually.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => drop(clean.pop()),
            Component::Normal(name) => clean.push(name),
            _ => {}
        }
    }
    clean
}

/// Deepest first.
fn make_missing(
    inside: &Inside,
    (missing, process): (&[&Path], &ProcessSpec),
    failed: &dyn Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let owner = if process.owns_new_cwd { Some(user::find(inside, &process.user)?) } else { None };
    if let Some(user) = owner.as_ref().filter(|_| !owner_record::is_used()) {
        check_mapped(user, &process.user)?;
    }
    for path in missing.iter().rev() {
        let directory = make_one(inside, path).map_err(failed)?;
        owner.as_ref().map_or(Ok(()), |user| give(&directory, user)).map_err(failed)?;
    }
    Ok(())
}

fn give(directory: &OwnedFd, user: &User) -> io::Result<()> {
    if owner_record::is_used() {
        owner_record::write(directory.as_fd(), Record::owned(user.uid, user.gid))?;
    } else {
        fchown(directory, Some(Uid::from_raw(user.uid)), Some(Gid::from_raw(user.gid)))?;
    }
    Ok(())
}
