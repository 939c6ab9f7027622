//! From a privileged process inside the sandbox to the command: identity, privileges and limits, then execution.
use super::granted_capabilities;
use super::rlimits;
use super::standard_streams;
use super::user::{self, User};
use crate::inside::Inside;
use crate::lifecycle::channel::{self, Report};
use crate::ownership::{self, Credentials, Initial};
use confinement::capabilities::{self, Granted};
use confinement::seccomp::{self, Filter};
use foundation::failure::Failure;
use foundation::{idmap, owner_record, signals, sys};
use protocol::{ProcessSpec, Security};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, fchown};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Gid, Signal, Uid};
use std::ffi::{CStr, CString};

const CODE: &str = "SANDBOX_COMMAND";
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Codes for commands that cannot be executed; a shell would return 127 and 126 for them.
pub const COMMAND_MISSING: &str = "SANDBOX_COMMAND_MISSING";
pub const COMMAND_REFUSED: &str = "SANDBOX_COMMAND_REFUSED";

struct Refusal {
    message: String,
    exit_code: i32,
}

/// Everything that must be looked up in the root beforehand.
pub struct Command<'a> {
    inside: &'a Inside,
    spec: &'a ProcessSpec,
    user: User,
    granted: Granted,
    filter: Option<Filter>,
    /// There is a single ID: owners and other users are emulated.
    emulates_owners: bool,
    argv: Vec<CString>,
    env: Vec<CString>,
    candidates: Vec<CString>,
}

impl<'a> Command<'a> {
    pub fn prepare(
        inside: &'a Inside,
        spec: &'a ProcessSpec,
        (security, guards_devices): (Security, bool),
    ) -> Result<Self, Failure> {
        let mut user = user::find(inside, &spec.user)?;
        let emulates_owners = owner_record::is_used();
        if !emulates_owners {
            check_mapped(&user, &spec.user)?;
        }
        user.add_groups(inside, (&spec.groups, !emulates_owners))?;
        let granted = granted_capabilities::granted(spec, security, guards_devices)?;
        let filter = match &spec.seccomp_profile {
            _ if spec.unfiltered => None,
            Some(profile) => Some(seccomp::filter_of(profile, granted)?),
            None => (security == Security::Default).then(|| seccomp::default_filter(granted)),
        };
        let mut env = spec.env.clone();
        // SPEC: as in runc, an empty HOME counts as none.
        if value_of(&env, "HOME").unwrap_or_default().is_empty() {
            env.retain(|entry| !entry.starts_with("HOME="));
            env.push(format!("HOME={}", user.home));
        }
        let name = spec.argv.first().ok_or_else(|| Failure::new(CODE, "Cannot run the command: it is empty"))?;
        let candidates = candidates(name, value_of(&env, "PATH").unwrap_or(DEFAULT_PATH));
        Ok(Command {
            candidates: texts(&candidates)?,
            argv: texts(&spec.argv)?,
            env: texts(&env)?,
            inside,
            spec,
            user,
            granted,
            filter,
            emulates_owners,
        })
    }

    /// Becomes the command. Returns only on failure: with an exit code if the command cannot be executed, after printing
    /// the reason to stderr. Reports on the channel what the launching process must know before.
    pub fn execute(mut self, terminal: Option<&OwnedFd>, channel: &OwnedFd) -> Result<i32, Failure> {
        self.settle(terminal, channel)?;
        let refusal = self.exec_first();
        eprintln!("{}", refusal.message);
        Ok(refusal.exit_code)
    }

    /// Like `execute`, for a first process that becomes the command itself.
    pub fn take_over(mut self, terminal: Option<&OwnedFd>, channel: &OwnedFd) -> Failure {
        if let Err(failure) = self.settle(terminal, channel) {
            return failure;
        }
        let refusal = self.exec_first();
        let code = if refusal.exit_code == 127 { COMMAND_MISSING } else { COMMAND_REFUSED };
        Failure::new(code, format!("Cannot start the command: {}", refusal.message))
    }

    fn settle(&mut self, terminal: Option<&OwnedFd>, channel: &OwnedFd) -> Result<(), Failure> {
        rustix::process::setsid().map_err(failed("start a session"))?;
        if let Some(terminal) = terminal {
            crate::stdio::terminal::take(terminal)?;
            // Otherwise the user could not open the terminal by name. If the ID is not mapped, it still belongs to root.
            let _ = fchown(terminal, Some(Uid::from_raw(self.user.uid)), None);
        }
        standard_streams::use_own_null(self.inside).map_err(failed("open \"/dev/null\""))?;
        standard_streams::change_owner(&self.user);
        enter_directory(&self.spec.cwd)?;
        rustix::process::umask(Mode::from_raw_mode(0o022));
        rlimits::apply(&self.spec.rlimits)?;
        self.drop_privileges(channel)?;
        signals::reset_for_exec().map_err(failed("reset the signals"))?;
        sys::close_from_on_exec(3).map_err(failed("close descriptors"))?;
        // The kernel reset it when the process changed its identity.
        end_with_parent(channel)
    }

    /// Installs the filter before changing the identity: it requires a privilege that is then dropped.
    fn drop_privileges(&mut self, channel: &OwnedFd) -> Result<(), Failure> {
        let hinted = |failure: Failure, errno| match errno {
            Errno::PERM => failure.with_hint("The surrounding container must have the capabilities SETUID and SETGID"),
            _ => failure,
        };
        let name = &self.spec.user;
        let failed = |errno: Errno| hinted(Failure::kernel(CODE, &format!("become the user \"{name}\""), errno), errno);
        // SECURITY: other processes inside must not access this process or its descriptors, once it has no more privileges
        // than they have; execution ends this (test/attack/processes/joining-process.test.ts).
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)?;
        if self.spec.no_new_privileges {
            rustix::thread::set_no_new_privs(true).map_err(failed)?;
        }
        capabilities::limit_bounding_set(self.granted)?;
        if let Some(filter) = &mut self.filter {
            filter.install()?;
        }
        if self.emulates_owners {
            return self.emulate_owners(channel);
        }
        let (uid, gid) = (Uid::from_raw(self.user.uid), Gid::from_raw(self.user.gid));
        set_groups(&self.user.groups).map_err(|errno| {
            let count = self.user.groups.len();
            hinted(Failure::kernel(CODE, &format!("set the {count} groups of user \"{name}\""), errno), errno)
        })?;
        rustix::thread::set_thread_res_gid(gid, gid, gid).map_err(failed)?;
        rustix::thread::set_thread_res_uid(uid, uid, uid).map_err(failed)?;
        capabilities::limit(self.granted)
    }

    /// The single ID remains; a non-root user has no privileges beyond it.
    fn emulate_owners(&self, channel: &OwnedFd) -> Result<(), Failure> {
        let listener = match ownership::install() {
            Err(failure) if self.user.uid == 0 => {
                let message = format!("{}: every file is root's, and changes of owner fail", failure.message);
                channel::send(channel, &Report::Warning { message }, &[])?;
                return capabilities::limit(self.granted);
            }
            listener => listener?,
        };
        let credentials = Credentials::of(self.user.uid, self.user.gid, &self.user.groups);
        let initial = Initial { credentials, granted: self.granted.0 };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        #[expect(clippy::disallowed_methods, reason = "the root itself")]
        let root = rustix::fs::open("/", flags, Mode::empty()).map_err(failed("open the root"))?;
        channel::send(channel, &Report::Owners { initial }, &[listener.as_fd(), root.as_fd()])?;
        ownership::clear_mark();
        if self.user.uid == 0 {
            return capabilities::limit(self.granted);
        }
        capabilities::limit_to_none()
    }

    /// Returns only if none of the candidates could be executed.
    fn exec_first(&self) -> Refusal {
        let argv: Vec<&CStr> = self.argv.iter().map(CString::as_c_str).collect();
        let env: Vec<&CStr> = self.env.iter().map(CString::as_c_str).collect();
        let name = &self.spec.argv[0];
        let has_path = name.contains('/');
        let mut answer = Errno::NOENT;
        for candidate in &self.candidates {
            match sys::execve(candidate, &argv, &env) {
                Errno::NOENT | Errno::NOTDIR => {}
                // SPEC: Go's exec.LookPath, as in runc: a file that is not executable is not found.
                Errno::ACCESS if !has_path => {}
                errno => answer = errno,
            }
        }
        let message = format!("exec: \"{name}\": {}", explain(answer, has_path));
        Refusal { message, exit_code: if answer == Errno::NOENT { 127 } else { 126 } }
    }
}

fn failed(doing: impl Into<String>) -> impl FnOnce(Errno) -> Failure {
    let doing = doing.into();
    move |errno| Failure::kernel(CODE, &doing, errno)
}

fn explain(errno: Errno, has_path: bool) -> String {
    match errno {
        Errno::NOENT if has_path => "no such file or directory, or its interpreter is missing".into(),
        Errno::NOENT => "executable file not found in $PATH".into(),
        Errno::ACCESS => "permission denied".into(),
        Errno::NOEXEC => "exec format error: neither a program for this machine nor a script with an interpreter line".into(),
        errno => std::io::Error::from(errno).to_string(),
    }
}

/// Paths to try, in order. An empty name is that of no program; the directories themselves would be refused otherwise.
fn candidates(name: &str, path: &str) -> Vec<String> {
    if name.is_empty() {
        return Vec::new();
    }
    if name.contains('/') {
        return vec![name.to_owned()];
    }
    let directories = path.split(':').map(|directory| if directory.is_empty() { "." } else { directory });
    directories.map(|directory| format!("{directory}/{name}")).collect()
}

fn value_of<'e>(env: &'e [String], name: &str) -> Option<&'e str> {
    env.iter().rev().find_map(|entry| entry.strip_prefix(name)?.strip_prefix('='))
}

fn texts(list: &[String]) -> Result<Vec<CString>, Failure> {
    list.iter()
        .map(|text| {
            CString::new(&text[..]).map_err(|_| Failure::new(CODE, format!("Cannot pass on {text:?}: it contains a NUL byte")))
        })
        .collect()
}

pub fn check_mapped(user: &User, wanted: &str) -> Result<(), Failure> {
    if idmap::has_user(user.uid) && idmap::has_group(user.gid) {
        return Ok(());
    }
    let found = format!("Cannot run as \"{wanted}\": this user may not use its IDs {}:{}", user.uid, user.gid);
    Err(Failure::new("SANDBOX_USER", found)
        .with_hint("Grant subordinate IDs in /etc/subuid and /etc/subgid and install newuidmap; see: tsbuild doctor"))
}

/// Groups that the ID mapping does not contain are skipped. With a single ID, setting groups is not allowed; without
/// CAP_SETGID, the groups must be those of this process.
#[expect(clippy::disallowed_methods, reason = "a wrong answer only changes the error")]
fn set_groups(groups: &[u32]) -> Result<(), Errno> {
    let groups: Vec<Gid> = groups.iter().filter(|gid| idmap::has_group(**gid)).map(|gid| Gid::from_raw(*gid)).collect();
    match rustix::thread::set_thread_groups(&groups) {
        Err(Errno::PERM) if std::fs::read_to_string("/proc/self/setgroups").is_ok_and(|text| text.trim() == "deny") => Ok(()),
        Err(Errno::PERM) if has_groups(groups) => Ok(()),
        other => other,
    }
}

fn has_groups(mut wanted: Vec<Gid>) -> bool {
    let Ok(mut own) = rustix::process::getgroups() else { return false };
    own.sort_unstable_by_key(|gid| gid.as_raw());
    wanted.sort_unstable_by_key(|gid| gid.as_raw());
    own == wanted
}

/// The parent has the other end of the channel.
pub fn end_with_parent(channel: &OwnedFd) -> Result<(), Failure> {
    signals::die_with_parent(Signal::KILL).map_err(failed("tie the command to its parent"))?;
    let mut other_end = [PollFd::new(channel, PollFlags::empty())];
    if poll(&mut other_end, Some(&Timespec::default())) != Ok(0) {
        sys::exit_now(1); // the parent died before the line above took effect
    }
    Ok(())
}

/// SECURITY: a directory of a descriptor that is still open here may be outside the root
/// (test/attack/processes/working-directory.test.ts).
fn enter_directory(cwd: &str) -> Result<(), Failure> {
    let doing = format!("enter the directory \"{cwd}\"");
    if !cwd.starts_with('/') {
        return Err(Failure::new(CODE, format!("Cannot {doing}: the path is not absolute")));
    }
    rustix::process::chdir(cwd).map_err(failed(&doing))?;
    let place = rustix::process::getcwd(Vec::new()).map_err(failed(&doing))?;
    if place.to_bytes().starts_with(b"/") {
        return Ok(());
    }
    Err(Failure::new(CODE, format!("Cannot {doing}: outside of the root")))
}
