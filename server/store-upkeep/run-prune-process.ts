import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import type { SystemUser } from '../system-user.ts'
import { type PruneReport, pruneReport } from './prune-store.ts'
import type { PruneJob } from './serve-prune-job.ts'

/**
 * Prunes a store in a process of its owner: the server remains responsive, and stores of other users require their IDs.
 */
export async function runPruneProcess(
  entry: readonly string[],
  job: PruneJob,
  { user, signal }: { readonly user: SystemUser | undefined; readonly signal: AbortSignal },
): Promise<PruneReport> {
  const [program = process.execPath, ...words] = entry
  const child = spawn(program, [...words, '__prune-job'], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', HOME: job.storeDirectory, LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    detached: true, // a Ctrl-C at the terminal is for the server
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(job))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [report, errorOutput, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (status !== 0) throw new Error(errorOutput.trim().slice(-1000) || `the process ended with status ${status}`)
  return v.parse(v.pipe(v.string(), v.parseJson(), pruneReport), report)
}
