//! Operations that are tried in a process that exits afterwards.
use foundation::failure::Failure;
use foundation::idmap;
use foundation::sys::{self, Fork};
use protocol::IdMapping;
use rustix::process::{WaitOptions, waitpid};
use rustix::thread::CapabilitySet;
use sandbox::surroundings;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

#[derive(Default)]
pub struct Trial {
    pub user_namespace: Option<Result<(), Failure>>,
    pub overlay: Option<Result<(), Failure>>,
    /// Tried if no overlay can be mounted.
    pub tree: Option<Result<(), Failure>>,
    pub pivot: Option<Result<(), Failure>>,
    pub proc: Option<Result<(), Failure>>,
    /// Tried with a single ID.
    pub owners: Option<Result<(), Failure>>,
    /// Tried without namespaces, and for root if nothing can be mounted in them.
    pub chroot: Option<Result<(), Failure>>,
}

impl Trial {
    /// Whether steps can run in a copy of their layers, including owners.
    fn has_tree(&self) -> bool {
        matches!(self.tree, Some(Ok(()))) && !matches!(self.owners, Some(Err(_)))
    }

    fn has_root(&self) -> bool {
        matches!(self.overlay, Some(Ok(()))) || self.has_tree()
    }
}

#[derive(Serialize, Deserialize, Clone, Copy)]
enum Stage {
    UserNamespace,
    Overlay,
    Tree,
    Pivot,
    Proc,
    Owners,
    Chroot,
}

pub fn run(mapping: &IdMapping, directory: Option<&Path>) -> Trial {
    let scratch = Scratch::make(directory);
    let outcomes = scratch.as_ref().map_err(Clone::clone).and_then(|scratch| try_in_child(mapping, scratch));
    match outcomes {
        Ok(trial) => trial,
        Err(failure) => Trial { user_namespace: Some(Err(failure)), ..Trial::default() },
    }
}

fn try_in_child(mapping: &IdMapping, scratch: &Scratch) -> Result<Trial, Failure> {
    let mut trial = in_child(|writer| try_namespaces(mapping, &scratch.0, writer))?;
    let try_chroot = || in_child(|writer| report(writer, Stage::Chroot, plain_chroot::try_chroot(&scratch.0)));
    if matches!(trial.user_namespace, Some(Err(_))) && matches!(mapping, IdMapping::Single | IdMapping::Host) {
        trial.chroot = try_chroot()?.chroot;
    } else if !trial.has_root() && rustix::process::geteuid().is_root() && !may_separate_mounts() {
        // If it fails too, the reasons above name what to change.
        trial.chroot = try_chroot()?.chroot.filter(|tried| tried.is_ok() || matches!(mapping, IdMapping::Host));
    }
    Ok(trial)
}

fn in_child(attempt: impl FnOnce(&mut File)) -> Result<Trial, Failure> {
    let failed = |errno| Failure::kernel("SANDBOX_PROBE", "start a trial", errno);
    let (answers, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed)?;
    let child = match sys::fork().map_err(failed)? {
        Fork::Child => {
            drop(answers);
            attempt(&mut File::from(writer));
            sys::exit_now(0)
        }
        Fork::Parent(child) => child,
    };
    drop(writer);
    let mut trial = Trial::default();
    for line in BufReader::new(File::from(answers)).lines().map_while(Result::ok) {
        let Ok((stage, failure)) = serde_json::from_str::<(Stage, Option<Failure>)>(&line) else { continue };
        let outcome = Some(failure.map_or(Ok(()), Err));
        match stage {
            Stage::UserNamespace => trial.user_namespace = outcome,
            Stage::Overlay => trial.overlay = outcome,
            Stage::Tree => trial.tree = outcome,
            Stage::Pivot => trial.pivot = outcome,
            Stage::Proc => trial.proc = outcome,
            Stage::Owners => trial.owners = outcome,
            Stage::Chroot => trial.chroot = outcome,
        }
    }
    waitpid(Some(child), WaitOptions::empty()).map_err(failed)?;
    Ok(trial)
}

fn try_namespaces(mapping: &IdMapping, scratch: &Path, writer: &mut File) {
    let entered = idmap::enter(mapping);
    let may_go_on = entered.is_ok();
    report(writer, Stage::UserNamespace, entered);
    if !may_go_on {
        return;
    }
    let overlay = surroundings::try_overlay(scratch);
    let needs_tree = overlay.is_err();
    report(writer, Stage::Overlay, overlay);
    if needs_tree {
        report(writer, Stage::Tree, surroundings::try_tree(scratch));
    }
    report(writer, Stage::Pivot, surroundings::try_pivot());
    report(writer, Stage::Proc, surroundings::try_proc());
    if matches!(mapping, IdMapping::Single) {
        report(writer, Stage::Owners, surroundings::try_owners()); // the last trial: this process can do nothing else afterwards
    }
}

fn may_separate_mounts() -> bool {
    let own = rustix::thread::capabilities(None);
    own.is_ok_and(|own| own.effective.contains(CapabilitySet::SYS_ADMIN)) && surroundings::has_mounted_root()
}

fn report(writer: &mut File, stage: Stage, outcome: Result<(), Failure>) {
    let line = serde_json::to_string(&(stage, outcome.err())).expect("a stage and a failure are plain data");
    let _ = writeln!(writer, "{line}"); // the reader is our parent; if it has exited, the result is not needed
}

/// Directories for an overlay, removed on drop.
struct Scratch(PathBuf);

impl Scratch {
    /// On a disk if there is one, unless a directory is given.
    fn make(directory: Option<&Path>) -> Result<Self, Failure> {
        let is_writable = |path: &&str| rustix::fs::access(*path, rustix::fs::Access::WRITE_OK).is_ok();
        let some_disk = || Path::new(["/var/tmp", "/tmp"].into_iter().find(is_writable).unwrap_or("/tmp"));
        let failed = |cause| Failure::kernel("SANDBOX_PROBE", "create a directory to try in", cause);
        let scratch = Scratch(Scratch::make_new(directory.unwrap_or_else(some_disk)).map_err(failed)?);
        for name in ["lower", "upper", "work"] {
            std::fs::create_dir(scratch.0.join(name)).map_err(failed)?;
        }
        Ok(scratch)
    }

    /// Processes of two containers that share the directory can have the same PID.
    fn make_new(place: &Path) -> std::io::Result<PathBuf> {
        let mut count = 0;
        loop {
            let path = place.join(format!("tsbuild-probe-{}-{count}", std::process::id()));
            match std::fs::create_dir(&path) {
                Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists && count < 1000 => count += 1,
                made => return made.map(|()| path),
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(self.0.join("work/work")); // created by the kernel, with mode 0
        let _ = std::fs::remove_dir_all(&self.0); // only empty directories: leftovers are harmless
    }
}
