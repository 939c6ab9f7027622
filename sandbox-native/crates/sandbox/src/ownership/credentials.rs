//! The apparent identity of a process, and the identities it may change to: credentials(7), for processes without other
//! privileges.
use confinement::capabilities::Granted;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// Credentials of the first command.
#[derive(Serialize, Deserialize, Clone)]
pub struct Initial {
    pub credentials: Credentials,
    /// Capabilities of root in this sandbox: a bit for each.
    pub granted: u64,
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Credentials {
    pub user: Ids,
    pub group: Ids,
    pub groups: Vec<u32>,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ids {
    pub real: u32,
    pub effective: u32,
    pub saved: u32,
    pub file: u32,
}

/// The argument that leaves an ID unchanged.
pub const KEEP: u32 = u32::MAX;

impl Ids {
    pub fn all(id: u32) -> Ids {
        Ids { real: id, effective: id, saved: id, file: id }
    }

    fn has(&self, id: u32) -> bool {
        [self.real, self.effective, self.saved].contains(&id)
    }

    /// setuid and setgid.
    pub fn set(self, id: u32, is_free: bool) -> Result<Ids, Errno> {
        match (is_free, self.real == id || self.saved == id) {
            (true, _) => Ok(Ids::all(id)),
            (false, true) => Ok(Ids { effective: id, file: id, ..self }),
            (false, false) => Err(Errno::PERM),
        }
    }

    /// setreuid and setregid.
    pub fn set_real_effective(self, (real, effective): (u32, u32), is_free: bool) -> Result<Ids, Errno> {
        let may = |id: u32, own: &[u32]| id == KEEP || is_free || own.contains(&id);
        if !may(real, &[self.real, self.effective]) || !may(effective, &[self.real, self.effective, self.saved]) {
            return Err(Errno::PERM);
        }
        let new = Ids { real: or(real, self.real), effective: or(effective, self.effective), ..self };
        let is_saved = real != KEEP || (effective != KEEP && effective != self.real);
        Ok(Ids { saved: if is_saved { new.effective } else { self.saved }, file: new.effective, ..new })
    }

    /// setresuid and setresgid.
    pub fn set_all(self, (real, effective, saved): (u32, u32, u32), is_free: bool) -> Result<Ids, Errno> {
        if !is_free && [real, effective, saved].iter().any(|id| *id != KEEP && !self.has(*id)) {
            return Err(Errno::PERM);
        }
        let effective = or(effective, self.effective);
        Ok(Ids { real: or(real, self.real), effective, saved: or(saved, self.saved), file: effective })
    }

    /// setfsuid and setfsgid, which report no failure.
    pub fn set_file(self, id: u32, is_free: bool) -> Ids {
        let may = is_free || self.has(id) || self.file == id;
        Ids { file: if may && id != KEEP { id } else { self.file }, ..self }
    }
}

impl Credentials {
    pub fn of(uid: u32, gid: u32, groups: &[u32]) -> Credentials {
        Credentials { user: Ids::all(uid), group: Ids::all(gid), groups: groups.to_vec() }
    }

    /// Only root has capabilities here: other users never get any.
    pub fn may(&self, capability: &str, granted: Granted) -> bool {
        self.user.effective == 0 && granted.has(capability)
    }

    pub fn is_in_group(&self, gid: u32) -> bool {
        self.group.file == gid || self.groups.contains(&gid)
    }
}

fn or(id: u32, kept: u32) -> u32 {
    if id == KEEP { kept } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_can_become_any_user() {
        let user = Ids::all(0).set(1000, true).unwrap();
        assert_eq!(user, Ids::all(1000));
        assert_eq!(user.set(0, false), Err(Errno::PERM));
        assert_eq!(user.set_all((0, KEEP, KEEP), false), Err(Errno::PERM));
        assert_eq!(user.set_real_effective((KEEP, 0), false), Err(Errno::PERM));
        assert_eq!(user.set_file(0, false), user);
    }

    #[test]
    fn a_saved_id_can_be_restored() {
        let away = Ids::all(0).set_all((KEEP, 33, KEEP), true).unwrap();
        assert_eq!(away, Ids { real: 0, effective: 33, saved: 0, file: 33 });
        assert_eq!(away.set(0, false).unwrap(), Ids::all(0));
        assert_eq!(away.set_real_effective((33, 33), false).unwrap(), Ids::all(33));
    }
}
