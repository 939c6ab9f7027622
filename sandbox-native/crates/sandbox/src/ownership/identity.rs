//! Calls about the IDs of the caller.
use super::caller::Caller;
use super::credentials::{Credentials, Ids, KEEP};
use super::listener::Answer;
use rustix::io::Errno;

/// The kernel's limit.
const MAX_GROUPS: u32 = 65_536;

/// The change that a call requests, and its return value.
pub struct Change {
    pub credentials: Credentials,
    pub returns: i64,
}

/// `None` for a call that changes nothing.
pub fn change(caller: &Caller) -> Option<Result<Change, Errno>> {
    let old = caller.credentials;
    let users = caller.may("SETUID");
    let groups = caller.may("SETGID");
    let [first, second, third] = [0, 1, 2].map(|number| caller.word(number));
    let user = |ids: Result<Ids, Errno>| changed(ids.map(|user| Credentials { user, ..old.clone() }), 0);
    let group = |ids: Result<Ids, Errno>| changed(ids.map(|group| Credentials { group, ..old.clone() }), 0);
    Some(match caller.call.number {
        libc::SYS_setuid | libc::SYS_setgid if first == KEEP => Err(Errno::INVAL),
        libc::SYS_setuid => user(old.user.set(first, users)),
        libc::SYS_setgid => group(old.group.set(first, groups)),
        libc::SYS_setreuid => user(old.user.set_real_effective((first, second), users)),
        libc::SYS_setregid => group(old.group.set_real_effective((first, second), groups)),
        libc::SYS_setresuid => user(old.user.set_all((first, second, third), users)),
        libc::SYS_setresgid => group(old.group.set_all((first, second, third), groups)),
        libc::SYS_setfsuid => {
            let new = Credentials { user: old.user.set_file(first, users), ..old.clone() };
            changed(Ok(new), old.user.file.into())
        }
        libc::SYS_setfsgid => {
            let new = Credentials { group: old.group.set_file(first, groups), ..old.clone() };
            changed(Ok(new), old.group.file.into())
        }
        libc::SYS_setgroups if !groups => Err(Errno::PERM),
        libc::SYS_setgroups => {
            read_groups(caller, first).and_then(|groups| changed(Ok(Credentials { groups, ..old.clone() }), 0))
        }
        _ => return None,
    })
}

fn changed(credentials: Result<Credentials, Errno>, returns: i64) -> Result<Change, Errno> {
    credentials.map(|credentials| Change { credentials, returns })
}

fn read_groups(caller: &Caller, count: u32) -> Result<Vec<u32>, Errno> {
    if count > MAX_GROUPS {
        return Err(Errno::INVAL);
    }
    let mut bytes = vec![0u8; count as usize * 4];
    if count > 0 {
        caller.read(caller.argument(1), &mut bytes)?;
    }
    Ok(bytes.chunks_exact(4).map(|id| u32::from_ne_bytes([id[0], id[1], id[2], id[3]])).collect())
}

pub fn report(caller: &Caller) -> Result<Answer, Errno> {
    let Credentials { user, group, groups } = caller.credentials;
    Ok(match caller.call.number {
        libc::SYS_getuid => Answer::Returns(user.real.into()),
        libc::SYS_geteuid => Answer::Returns(user.effective.into()),
        libc::SYS_getgid => Answer::Returns(group.real.into()),
        libc::SYS_getegid => Answer::Returns(group.effective.into()),
        libc::SYS_getresuid => write_ids(caller, *user)?,
        libc::SYS_getresgid => write_ids(caller, *group)?,
        libc::SYS_getgroups => write_groups(caller, groups)?,
        _ => Answer::Continues,
    })
}

fn write_ids(caller: &Caller, ids: Ids) -> Result<Answer, Errno> {
    for (number, id) in [ids.real, ids.effective, ids.saved].into_iter().enumerate() {
        caller.write(caller.argument(number), &id.to_ne_bytes())?;
    }
    Ok(Answer::Returns(0))
}

/// A caller with an empty buffer only asks for the number of groups.
fn write_groups(caller: &Caller, groups: &[u32]) -> Result<Answer, Errno> {
    let room = caller.word(0) as usize;
    if room > 0 {
        if room < groups.len() {
            return Err(Errno::INVAL);
        }
        let bytes: Vec<u8> = groups.iter().flat_map(|id| id.to_ne_bytes()).collect();
        if !bytes.is_empty() {
            caller.write(caller.argument(1), &bytes)?;
        }
    }
    Ok(Answer::Returns(groups.len() as i64))
}
