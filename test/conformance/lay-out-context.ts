import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Time of all files of a context, unless the case sets one: 2001-02-03. */
const CONTEXT_SECONDS = 981_158_400

const NOT_CONTEXT = new Set(['case.json', 'expected.json', 'setup.sh'])

/** Links in a context can lead anywhere, and scripts write through them: they can write to the context only. */
const ALONE = 'mount --bind . . && cd "$PWD" && mount -o remount,bind,ro /'

/**
 * Creates the context of a case in a private directory, with modes and times independent of the checkout, and then runs
 * `setup.sh` for what git does not store. The caller removes it.
 */
export function layOutContext(folder: string): string {
  const context = mkdtempSync(join(tmpdir(), 'tsbuild-conformance-'))
  chmodSync(context, 0o755)
  for (const name of readdirSync(folder)) {
    if (!NOT_CONTEXT.has(name)) copy(join(folder, name), join(context, name))
  }
  if (readdirSync(folder).includes('setup.sh')) {
    const env = { ...process.env, SHARED: import.meta.dirname, PYTHONPATH: import.meta.dirname }
    const script = `${ALONE}; umask 022; . "${join(folder, 'setup.sh')}"`
    execFileSync('unshare', ['--mount', '/bin/bash', '-euc', script], { cwd: context, env, stdio: 'pipe' })
  }
  setTimes(context)
  return context
}

function copy(from: string, to: string): void {
  const stat = lstatSync(from)
  if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
  else if (stat.isDirectory()) copyDirectory(from, to)
  else {
    copyFileSync(from, to)
    chmodSync(to, (stat.mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

function copyDirectory(from: string, to: string): void {
  mkdirSync(to)
  chmodSync(to, 0o755)
  for (const name of readdirSync(from)) copy(join(from, name), join(to, name))
}

/** A time set by `setup.sh` is kept. */
function setTimes(path: string): void {
  const stat = lstatSync(path)
  if (stat.isDirectory()) for (const name of readdirSync(path)) setTimes(join(path, name))
  const isFresh = Date.now() / 1000 - stat.mtimeMs / 1000 < 86_400
  if (isFresh) lutimesSync(path, CONTEXT_SECONDS, CONTEXT_SECONDS)
}
