//! Destination of a copy: the rules of `docker cp`. Pure.
use crate::tree::meta::Kind;
use crate::tree::path;
use foundation::failure::Failure;

const CODE: &str = "TREE_DESTINATION";

pub struct From<'a> {
    pub path: &'a [u8],
    /// Empty for the content of the directory only.
    pub name: &'a [u8],
    pub kind: Kind,
}

pub struct To<'a> {
    pub given: &'a str,
    /// With links resolved.
    pub path: &'a [u8],
    pub kind: Option<Kind>,
}

/// The path that the source gets. The caller ensures that its parent is a directory.
pub fn place(from: &From, to: &To) -> Result<Vec<u8>, Failure> {
    let is_directory = from.kind == Kind::Directory;
    let refused = |found: &str| {
        let what = if is_directory { "directory " } else { "" };
        Err(Failure::new(CODE, format!("Cannot copy {what}\"{}\" to \"{}\": {found}", path::show(from.path), to.given)))
    };
    match to.kind {
        _ if from.kind == Kind::Socket => refused("a socket cannot be copied"),
        Some(Kind::Directory) => Ok(path::join(to.path, from.name)),
        Some(Kind::File | Kind::Symlink) if is_directory => refused("a file exists there (expected a directory, or nothing)"),
        Some(Kind::File | Kind::Symlink) if wants_directory(to.given) => refused("a file exists there (expected a directory)"),
        Some(Kind::File | Kind::Symlink) => Ok(to.path.to_vec()),
        Some(_) => refused("it is a device, a pipe or a socket (expected a directory or a file)"),
        None if wants_directory(to.given) && !is_directory => refused("no such directory"),
        None => Ok(to.path.to_vec()),
    }
}

pub fn no_parent(given: &str) -> Failure {
    Failure::new(CODE, format!("Cannot copy to \"{given}\": the parent directory does not exist"))
}

/// `directory/.`, or the root, which has no name.
pub fn means_contents(given: &str) -> bool {
    given == "." || given.ends_with("/.") || path::clean(given.as_bytes()).is_empty()
}

fn wants_directory(given: &str) -> bool {
    given.ends_with('/') || given.ends_with("/.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(from: (&str, Kind), to: (&str, Option<Kind>)) -> Option<String> {
        let source = From { path: b"from", name: from.0.as_bytes(), kind: from.1 };
        let path = path::clean(to.0.as_bytes());
        let placed = place(&source, &To { given: to.0, path: &path, kind: to.1 });
        placed.ok().map(|path| path::show(&path))
    }

    #[test]
    fn a_directory_receives_the_source_and_other_targets_are_replaced() {
        let (file, directory) = (("name", Kind::File), ("name", Kind::Directory));
        let cases = [
            (file, ("/to", Some(Kind::Directory)), Some("/to/name")),
            (file, ("/to", Some(Kind::File)), Some("/to")),
            (file, ("/to/", Some(Kind::File)), None),
            (file, ("/to", None), Some("/to")),
            (file, ("/to/", None), None),
            (file, ("/to", Some(Kind::Fifo)), None),
            (directory, ("/to", Some(Kind::Directory)), Some("/to/name")),
            (directory, ("/to", Some(Kind::File)), None),
            (directory, ("/to/", None), Some("/to")),
            (("", Kind::Directory), ("/to", Some(Kind::Directory)), Some("/to")),
            (("", Kind::Directory), ("/to", None), Some("/to")),
            (("name", Kind::Symlink), ("/to", Some(Kind::File)), Some("/to")),
            (("name", Kind::Socket), ("/to", None), None),
        ];
        for (from, to, expected) in cases {
            assert_eq!(put(from, to).as_deref(), expected, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn a_last_dot_means_the_contents() {
        assert!(means_contents("dir/.") && means_contents(".") && means_contents("/") && means_contents("/a/.."));
        assert!(!means_contents("dir/") && !means_contents("/a/..b") && !means_contents("/a."));
    }
}
