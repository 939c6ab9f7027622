//! Paths as bytes, relative to a root, without leading or trailing slash.

/// Cleans like Go's filepath.Join("/", path) and drops the leading slash: `..` stops at the root.
pub fn clean(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in components(path) {
        if part == b".." {
            parts.pop();
        } else if part != b"." {
            parts.push(part);
        }
    }
    parts.join(&b'/')
}

/// Whether `..` leads out of the root at some point.
pub fn escapes(path: &[u8]) -> bool {
    let mut depth = 0i64;
    for part in components(path) {
        match part {
            b"." => {}
            b".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

pub fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

pub fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.is_empty() {
        return name.to_vec();
    }
    if name.is_empty() {
        return directory.to_vec();
    }
    [directory, b"/", name].concat()
}

/// Directory and last name; the directory of a top-level name is the empty path.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

/// `path`, its parent and so on, without the root, topmost first.
pub fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &path[..at])
}

pub fn is_below(path: &[u8], directory: &[u8]) -> bool {
    directory.is_empty() || (path.len() > directory.len() && path.starts_with(directory) && path[directory.len()] == b'/')
}

/// For messages.
pub fn show(path: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(path))
}

/// A key whose byte order is the order of a walk: a directory, everything in it, then its next sibling.
pub fn walk_key(path: &[u8]) -> Vec<u8> {
    path.iter().map(|byte| if *byte == b'/' { 0 } else { *byte }).collect()
}

pub fn from_walk_key(key: &[u8]) -> Vec<u8> {
    key.iter().map(|byte| if *byte == 0 { b'/' } else { *byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_beneath_the_root() {
        let cases = [("/a//b/./c/", "a/b/c"), ("../../a", "a"), ("a/../..", ""), (".", ""), ("", ""), ("a/..b", "a/..b")];
        for (path, cleaned) in cases {
            assert_eq!(clean(path.as_bytes()), cleaned.as_bytes());
        }
    }

    #[test]
    fn paths_that_leave_the_root_are_detected_even_if_they_return() {
        assert!(escapes(b"../a") && escapes(b"a/../../a") && escapes(b"/.."));
        assert!(!escapes(b"a/../b") && !escapes(b"/a/..") && !escapes(b"..a"));
    }

    #[test]
    fn walk_keys_order_a_directory_before_its_siblings() {
        let mut paths = [&b"a/z"[..], b"a-b", b"a", b"a/b/c"];
        paths.sort_by_key(|path| walk_key(path));
        assert_eq!(paths, [&b"a"[..], b"a/b/c", b"a/z", b"a-b"]);
    }
}
