import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runInProcess, temporaryDirectory } from '../cli/support/run-in-process.ts'

const directory = temporaryDirectory()
afterAll(() => directory.remove())

/** A project of a stranger may have a link to a device for its `.env`. */
test.each([
  ['run', '--env-file', 'FILE', 'image'],
  ['run', '--label-file', 'FILE', 'image'],
  ['run', '--security-opt', 'seccomp=FILE', 'image'],
  ['exec', '--env-file', 'FILE', 'container', 'true'],
  ['build', '--build-arg-file', 'FILE', '.'],
])('%s %s reads no more than a file of its kind may have', async (...words) => {
  const root = directory.path
  const large = join(root, 'large')
  writeFileSync(large, '')
  truncateSync(large, 5 << 20)
  for (const file of [large, '/dev/zero']) {
    const args = words.map((word) => word.replace('FILE', file))
    const { code, stderr } = await runInProcess(args, { root })
    expect(stderr).toContain('it is larger than 4 MiB') // before it is tried with what has no end
    expect(code).not.toBe(0)
  }
})
