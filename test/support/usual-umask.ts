/** Makes the modes of test files, which other users also access, independent of the caller's umask. */
export function setup(): void {
  process.umask(0o022) // inherited by the workers
}
