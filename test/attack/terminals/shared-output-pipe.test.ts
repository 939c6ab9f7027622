import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'

const BYTES = 1_000_000

const tsbuild = createTsbuild()
const program = resolve(import.meta.dirname, '../../../bin/tsbuild')

beforeAll(async () => {
  await importBusybox(tsbuild)
  await tsbuild.ok('run', '-d', '--name', 'inside', '--network', 'none', 'busybox', 'sleep', '1000')
})

/** Node makes a pipe non-blocking when it opens it as its standard error, also for the processes that share it. */
test.each([
  ['exec', 'both streams', 'exec inside sh -c "$PRINT" 2>&1'],
  ['exec', 'standard error', 'exec inside sh -c "$PRINT >&2" 2>&1 >/dev/null'],
  ['run', 'both streams', 'run --rm --network none busybox sh -c "$PRINT" 2>&1'],
  ['run', 'standard error', 'run --rm --network none busybox sh -c "$PRINT >&2" 2>&1 >/dev/null'],
])('%s loses no output on a pipe for %s that is read slowly', async (_, __, words) => {
  expect(await printedBy(`"$TSBUILD" ${words} | (sleep 1; wc -c)`)).toBe(BYTES)
})

test('an archive on standard output is complete if that is a pipe for both streams that is read slowly', async () => {
  const whole = await printedBy('"$TSBUILD" cp inside:/bin - | wc -c')
  expect(whole).toBeGreaterThan(BYTES)
  expect(await printedBy('"$TSBUILD" cp inside:/bin - 2>&1 | (sleep 1; wc -c)')).toBe(whole)
})

async function printedBy(script: string): Promise<number> {
  const print = `busybox head -c ${BYTES} /dev/zero`
  const env = { ...process.env, TSBUILD: program, TSBUILD_ROOT: tsbuild.root, PRINT: print }
  return Number((await promisify(execFile)('sh', ['-c', script], { env })).stdout)
}
