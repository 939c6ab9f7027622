//! IDs of a root in a user namespace that this process is not in.

/// The kernel's ID for owners that a user namespace does not map.
pub const NOBODY: u32 = 65534;

/// Range of IDs here; the first is 0 there.
#[derive(Clone, Copy)]
pub struct Users {
    pub uid: u32,
    pub gid: u32,
    pub count: u32,
}

impl Users {
    pub fn inside(&self, uid: u32, gid: u32) -> (u32, u32) {
        let id = |first: u32, id: u32| id.checked_sub(first).filter(|id| *id < self.count).unwrap_or(NOBODY);
        (id(self.uid, uid), id(self.gid, gid))
    }

    /// None for IDs that are not mapped.
    pub fn outside(&self, uid: u32, gid: u32) -> Option<(u32, u32)> {
        (uid < self.count && gid < self.count).then(|| (self.uid + uid, self.gid + gid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_outside_the_range_are_unmapped() {
        let users = Users { uid: 100_000, gid: 200_000, count: 65_536 };
        assert_eq!(users.inside(101_000, 200_000), (1000, 0));
        assert_eq!(users.inside(0, 300_000), (NOBODY, NOBODY));
        assert_eq!(users.outside(1000, 5), Some((101_000, 200_005)));
        assert_eq!(users.outside(65_536, 0), None);
    }
}
