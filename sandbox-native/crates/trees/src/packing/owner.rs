//! Docker's `user[:group]`: numbers, or names from the tree's passwd and group files.
use crate::tree::file_tree::FileTree;
use crate::tree::follow;
use foundation::failure::Failure;
use foundation::status;
use std::os::unix::fs::FileExt;

/// SECURITY: the files are untrusted and may be sparse.
const MAX_BYTES: u64 = 16 << 20;

/// A user without a group, or with an empty one, gets its primary group; a number gets the same number as its group. As in
/// BuildKit, an unknown user counts as root and an unknown group is ignored, each with a warning.
pub fn resolve(owner: &str, tree: &dyn FileTree) -> Result<(u32, u32), Failure> {
    let (user, group) = match owner.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|group| !group.is_empty())),
        None => (owner, None),
    };
    let (uid, own_gid) = match number(user) {
        Some(uid) => (uid, uid),
        None => find_user(owner, user, tree)?,
    };
    match group {
        None => Ok((uid, own_gid)),
        Some(group) => Ok((
            uid,
            match number(group) {
                Some(gid) => gid,
                None => find_group(owner, group, tree)?.unwrap_or(own_gid),
            },
        )),
    }
}

/// SPEC: BuildKit parses a signed 32-bit number and passes it to chown, where -1 leaves the owner of the new file: root. An
/// empty text also means root.
fn number(text: &str) -> Option<u32> {
    match text {
        "" => Some(0),
        _ => text.parse::<i32>().ok().map(|id| if id == -1 { 0 } else { id as u32 }),
    }
}

fn find_user(owner: &str, name: &str, tree: &dyn FileTree) -> Result<(u32, u32), Failure> {
    let text = read_file(b"etc/passwd", tree)?;
    let found = text.lines().map(|line| line.trim().split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name);
    if found.is_none() {
        status::warning(&format!("owner \"{owner}\": no user \"{name}\" in /etc/passwd, so files belong to root"));
    }
    Ok(found.map_or((0, 0), |fields| (field_number(&fields, 2), field_number(&fields, 3))))
}

fn find_group(owner: &str, name: &str, tree: &dyn FileTree) -> Result<Option<u32>, Failure> {
    let text = read_file(b"etc/group", tree)?;
    let found = text.lines().map(|line| line.trim().split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name);
    if found.is_none() {
        status::warning(&format!("owner \"{owner}\": no group \"{name}\" in /etc/group, so the user's group is used"));
    }
    Ok(found.map(|fields| field_number(&fields, 2)))
}

/// A missing or non-numeric field is 0, as in Docker's parser.
fn field_number(fields: &[&str], position: usize) -> u32 {
    fields.get(position).and_then(|field| field.parse().ok()).unwrap_or(0)
}

/// A missing file has no entries.
fn read_file(path: &[u8], tree: &dyn FileTree) -> Result<String, Failure> {
    let path = follow::resolve(tree, path, true)?;
    if !tree.lookup(&path)?.is_some_and(|meta| meta.kind == crate::tree::meta::Kind::File) {
        return Ok(String::new());
    }
    let content = tree.open(&path)?;
    if content.size > MAX_BYTES {
        let found = format!("it has {} bytes (at most {MAX_BYTES})", content.size);
        return Err(Failure::new("TREE_READ", format!("Cannot read \"{}\": {found}", crate::tree::path::show(&path))));
    }
    let mut bytes = vec![0u8; content.size as usize];
    content
        .file
        .read_exact_at(&mut bytes, content.offset)
        .map_err(|cause| Failure::kernel("TREE_READ", &format!("read \"{}\"", crate::tree::path::show(&path)), cause))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
