//! All credentials that processes of the sandbox have taken on, by mark.
use super::credentials::Credentials;
use rustix::io::Errno;

/// SECURITY: rows are never freed, because the end of the last process with a row is not reported. A command that keeps
/// using new IDs gets ENOMEM, as from a kernel without memory.
const MAX_BYTES: usize = 16 << 20;

pub struct CredentialTable {
    rows: Vec<Credentials>,
    bytes: usize,
}

impl CredentialTable {
    pub fn new(first: Credentials) -> Self {
        CredentialTable { rows: vec![first], bytes: 0 }
    }

    /// The first row for an unknown mark.
    pub fn row(&self, mark: Option<usize>) -> &Credentials {
        mark.and_then(|mark| self.rows.get(mark)).unwrap_or(&self.rows[0])
    }

    pub fn mark_of(&mut self, mut credentials: Credentials) -> Result<usize, Errno> {
        if let Some(mark) = self.rows.iter().position(|known| *known == credentials) {
            return Ok(mark);
        }
        credentials.groups.shrink_to_fit();
        let bytes = self.bytes + size_of::<Credentials>() + size_of_val(&credentials.groups[..]);
        if bytes > MAX_BYTES {
            return Err(Errno::NOMEM);
        }
        self.bytes = bytes;
        self.rows.push(credentials);
        Ok(self.rows.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_credentials_share_a_mark_and_an_unknown_mark_is_the_first() {
        let mut table = CredentialTable::new(Credentials::of(0, 0, &[]));
        let user = Credentials::of(7, 8, &[9]);
        assert_eq!(table.mark_of(user.clone()), Ok(1));
        assert_eq!(table.mark_of(user.clone()), Ok(1));
        assert_eq!(table.row(Some(1)), &user);
        assert_eq!(table.row(Some(2)), &Credentials::of(0, 0, &[]));
        assert_eq!(table.row(None), &Credentials::of(0, 0, &[]));
    }

    #[test]
    fn a_full_table_rejects_new_credentials_and_keeps_its_rows() {
        let mut table = CredentialTable::new(Credentials::of(0, 0, &[]));
        let groups: Vec<u32> = (0..65_536).collect();
        let full = (1..1000).find_map(|uid| table.mark_of(Credentials::of(uid, 0, &groups)).err().map(|errno| (uid, errno)));
        assert_eq!(full, Some((64, Errno::NOMEM)));
        assert_eq!(table.mark_of(Credentials::of(63, 0, &groups)), Ok(63));
    }
}
