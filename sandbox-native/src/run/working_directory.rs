//! Where the command begins, made if the root has no such directory.
use super::command::check_mapped;
use super::spec::ProcessSpec;
use super::user::{self, User};
use crate::failure::Failure;
use crate::owner_record::{self, Record};
use rustix::fs::{Gid, Mode, OFlags, Uid, fchown, open};
use std::io;
use std::path::{Component, Path, PathBuf};

const CODE: &str = "SANDBOX_COMMAND";

/// To be called with the new root as root.
pub fn make(process: &ProcessSpec) -> Result<(), Failure> {
    let cwd = &process.cwd;
    if !cwd.starts_with('/') {
        return Err(Failure::new(CODE, format!("Cannot work in \"{cwd}\": the path is not absolute")));
    }
    let clean = clean(Path::new(cwd));
    let missing: Vec<&Path> = clean.ancestors().take_while(|path| !path.exists()).collect();
    let failed = |cause| Failure::kernel(CODE, &format!("make the working directory \"{cwd}\""), cause);
    if !missing.is_empty() {
        make_missing(&missing, process, &failed)?;
    }
    // SPEC: runc makes what it takes to enter the path as written: of "/a/b/../c" b, too. That is root's.
    match Path::new(cwd).exists() {
        true => Ok(()),
        false => std::fs::create_dir_all(cwd).map_err(failed),
    }
}

/// `..` taken back by its text.
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
fn make_missing(missing: &[&Path], process: &ProcessSpec, failed: &dyn Fn(io::Error) -> Failure) -> Result<(), Failure> {
    let owner = if process.owns_new_cwd { Some(user::find(&process.user)?) } else { None };
    if let Some(user) = owner.as_ref().filter(|_| !owner_record::is_used()) {
        check_mapped(user, &process.user)?;
    }
    for path in missing.iter().rev() {
        std::fs::create_dir(path).map_err(failed)?;
        owner.as_ref().map_or(Ok(()), |user| give(path, user)).map_err(failed)?;
    }
    Ok(())
}

/// Nothing of the root's runs yet that could put a link in its place.
fn give(path: &Path, user: &User) -> io::Result<()> {
    let directory = open(path, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    if owner_record::is_used() {
        owner_record::write(std::os::fd::AsFd::as_fd(&directory), Record::owned(user.uid, user.gid))?;
    } else {
        fchown(&directory, Some(Uid::from_raw(user.uid)), Some(Gid::from_raw(user.gid)))?;
    }
    Ok(())
}
