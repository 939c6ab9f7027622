import { spawnSync } from 'node:child_process'
import type { ReadStream } from 'node:tty'

/**
 * Raw mode as in docker's client: node's leaves the translation of line ends to this terminal, although that of the
 * container has done it. A full-screen program would be garbled. `setRawMode(false)` restores all of it.
 */
export function setRaw(terminal: ReadStream): void {
  terminal.on('error', () => {}) // a terminal that is closed can be neither read nor restored
  terminal.setRawMode(true)
  spawnSync('stty', ['-opost'], { stdio: [terminal, 'ignore', 'ignore'] })
}
