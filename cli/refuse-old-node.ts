/** In syntax of Node 8 once compiled: what follows uses features that older versions lack. */
export function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  const found = `Node ${process.versions.node} found (expected 20.19 or newer)`
  process.stderr.write(`ERROR: Cannot start tsbuild: ${found}\n  hint: Install a newer version of Node.js\n`)
  process.exit(78)
}
