import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, finished } from '../../end-to-end/tsbuild.ts'

const tsbuild = createTsbuild()
const program = resolve(import.meta.dirname, '../../../bin/tsbuild')

beforeAll(async () => {
  await importBusybox(tsbuild)
  await tsbuild.ok('run', '-d', '--network', 'none', '--name', 'box', 'busybox', 'sleep', '999')
})

/** The process that watches a detached command cannot report its end to a caller. */
test("the end of a detached command is not written to the container's /dev/null", async () => {
  await replaceNull()
  await tsbuild.ok('exec', '-d', 'box', 'sh', '-c', 'sleep 0.1; touch /ended')
  await tsbuild.ok('exec', 'box', 'sh', '-c', 'while [ ! -e /ended ]; do sleep 0.02; done; sleep 0.3')
  expect(await tsbuild.ok('exec', 'box', 'cat', '/dev/null')).toBe('')
})

/**
 * After a client has detached from a terminal, its output is discarded by a process outside of the container's control
 * groups. If that process opened the container's /dev/null, it could write to a disk whose node has that name.
 */
test("discarded output is never written to the container's /dev/null", async () => {
  await replaceNull()
  const script = `set timeout 20
    spawn -noecho ${program} exec -it box sh -c {echo ready; while [ ! -e /stop ]; do echo secret; sleep 0.02; done}
    expect "ready"; send "\\020\\021"
    expect eof`
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  await finished(spawn('expect', ['-c', script], { stdio: 'pipe', env }), undefined)
  for (let rounds = 0; rounds < 3; rounds += 1) await tsbuild.ok('exec', 'box', 'sleep', '0.1')
  expect(await tsbuild.ok('exec', 'box', 'cat', '/dev/null')).toBe('')
  await tsbuild.ok('exec', 'box', 'touch', '/stop')
})

function replaceNull(): Promise<string> {
  return tsbuild.ok(
    'exec',
    'box',
    'sh',
    '-c',
    'rm -f /dev/null; touch /dev/null || mount --bind /etc/hostname /dev/null',
  )
}
