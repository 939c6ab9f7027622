//! Writes a growing file to its disk while it grows, which shortens the final flush.
use foundation::sys;
use rustix::fd::AsFd;

const EVERY_BYTES: u64 = 8 << 20;

#[derive(Default)]
pub struct WriteBack {
    started: u64,
}

impl WriteBack {
    /// The first `written` bytes of the file are final.
    pub fn advance(&mut self, file: impl AsFd, written: u64) {
        if written < self.started + EVERY_BYTES {
            return;
        }
        // If it fails, the flush writes everything.
        let _ = sys::start_write_back(file.as_fd(), self.started, written - self.started);
        self.started = written;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_back_starts_in_large_steps() {
        let path = std::env::temp_dir().join(format!("tsbuild-write-back-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.set_len(3 * EVERY_BYTES).unwrap();
        let mut write_back = WriteBack::default();
        write_back.advance(&file, EVERY_BYTES - 1);
        assert_eq!(write_back.started, 0);
        write_back.advance(&file, 2 * EVERY_BYTES);
        assert_eq!(write_back.started, 2 * EVERY_BYTES);
        assert!(sys::start_write_back(file.as_fd(), 0, 3 * EVERY_BYTES).is_ok());
    }
}
