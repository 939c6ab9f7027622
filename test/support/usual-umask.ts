/** Modes of what tests make, and hand to other users, are the same for whoever starts them. */
export function setup(): void {
  process.umask(0o022) // the workers inherit it
}
