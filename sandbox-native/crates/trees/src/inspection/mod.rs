//! Reads images for other tools: selected files, sections of programs, secrets. Changes nothing.
mod elf;
pub(crate) mod read_files;
pub(crate) mod secret_scan;
