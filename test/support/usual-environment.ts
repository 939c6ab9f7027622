/** Makes tests independent of the caller's settings; the workers inherit these. */
export function setup(): void {
  process.umask(0o022) // test files are also accessed by other users
  delete process.env['SOURCE_DATE_EPOCH'] // dates all builds
}
