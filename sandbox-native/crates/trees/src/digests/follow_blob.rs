//! The verb follow-blob: digests a file while another process writes it, and saves the state of the digest at intervals.
use super::resumable_digest::ResumableDigest;
use crate::streams::growing_file::GrowingFile;
use crate::streams::write_back::WriteBack;
use foundation::failure::Failure;
use foundation::status;
use protocol::{FollowBlobRequest, FollowBlobResult};
use std::io::Read;
use std::time::{Duration, Instant};

const READ_BYTES: usize = 1 << 20;
/// A state is saved after this number of bytes, or after this time on a slow network.
const SAVE_EVERY_BYTES: u64 = 4 << 20;
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// On a network with gigabytes per second, saving more often would cost more than digesting again.
const SAVE_AT_MOST_EVERY: Duration = Duration::from_millis(200);

pub fn follow_blob(request: &FollowBlobRequest) -> Result<FollowBlobResult, Failure> {
    let doing = |cause| Failure::kernel("TREE_READ", &format!("read blob \"{}\"", request.path.display()), cause);
    let mut digest = ResumableDigest::new(request.from);
    let mut file = GrowingFile::open(&request.path, digest.position()).map_err(doing)?;
    let mut saved = (digest.position(), Instant::now());
    let mut pause = Duration::ZERO; // before the first state
    let mut piece = vec![0; READ_BYTES];
    let mut write_back = WriteBack::default();
    loop {
        let got = file.read(&mut piece).map_err(doing)?;
        digest.update(&piece[..got]);
        write_back.advance(&file, digest.position());
        let state = digest.state();
        let since = saved.1.elapsed();
        let is_much = state.position - saved.0 >= SAVE_EVERY_BYTES && since >= pause;
        let is_due = got == 0 || is_much || since >= SAVE_EVERY;
        if is_due && state.position > saved.0 {
            status::digested(state.position, state.words);
            saved = (state.position, Instant::now());
            pause = SAVE_AT_MOST_EVERY;
        }
        if got == 0 {
            let size_bytes = digest.position();
            return Ok(FollowBlobResult { digest: digest.finish(), size_bytes });
        }
    }
}
