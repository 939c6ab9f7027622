import { existsSync } from 'node:fs'

/** After debootstrap and chroot, /proc is an empty directory. The store, files and processes are found through it. */
export function refuseMissingProc(): void {
  if (existsSync('/proc/self')) return
  process.stderr.write(
    'ERROR: Cannot start tsbuild: /proc is not mounted\n  hint: Mount it: mount -t proc proc /proc\n',
  )
  process.exit(78)
}
