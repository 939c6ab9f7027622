import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runInProcess } from '../../cli/support/run-in-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const root = temporaryDirectory('cli')
const pipe = join(root, 'pipe')
mkdirSync(join(root, 'context'))
writeFileSync(join(root, 'context/Dockerfile'), 'FROM scratch\nRUN --mount=type=secret,id=x true\n')
execFileSync('mkfifo', [pipe])
/** The project of a stranger can have a link to a device as its `.env`. */
const FLAGS = [
  ['run', '--env-file', 'FILE', 'image'],
  ['run', '--label-file', 'FILE', 'image'],
  ['run', '--security-opt', 'seccomp=FILE', 'image'],
  ['exec', '--env-file', 'FILE', 'container', 'true'],
  ['build', '--build-arg-file', 'FILE', 'context'],
  ['build', '-f', 'FILE', 'context'],
  ['build', '--secret', 'id=x,src=FILE', 'context'],
]

test.each(FLAGS)('%s %s limits how much of a file it reads', async (...words) => {
  const large = join(root, 'large')
  writeFileSync(large, '')
  truncateSync(large, 65 << 20)
  const ofLarge = await runInProcess(withFile(words, large), { root })
  expect(ofLarge.stderr).toMatch(/it is larger than (4|16|64) MiB|at most 512000/)
  expect(ofLarge.code).not.toBe(0)
  const ofDevice = await runInProcess(withFile(words, '/dev/zero'), { root })
  expect(ofDevice.stderr).toContain('it is a device')
  expect(ofDevice.code).not.toBe(0)
})

test.concurrent.each(FLAGS)('%s %s does not wait for a pipe without a writer', async (...words) => {
  const { code, stderr } = await runInProcess(withFile(words, pipe), { root })
  expect(stderr).toContain('it is a pipe that no program writes to')
  expect(code).not.toBe(0)
})

test('a pipe whose writer is slow is read completely', async () => {
  const writer = spawn('sh', ['-c', `{ echo FROM scratch; sleep 0.2; echo MISTAKE; } > ${pipe}`])
  const { stderr } = await runInProcess(['build', '-f', pipe, 'context'], { root })
  expect(stderr).toContain('MISTAKE')
  await new Promise((resolve) => (writer.exitCode === null ? writer.once('exit', resolve) : resolve(undefined)))
})

test('an env file with very many lines is read', async () => {
  const many = join(root, 'many')
  writeFileSync(many, 'A=1\n'.repeat(300_000))
  const { stderr } = await runInProcess(['run', '--pull', 'never', '--env-file', many, 'image'], { root })
  expect(stderr).toContain('image')
  expect(stderr).not.toContain('call stack')
})

test('an archive of endless zeros is refused', async () => {
  const { code, stderr } = await runInProcess(['load', '-i', '/dev/zero'], { root })
  expect(stderr).toContain('64 MiB without an entry')
  expect(code).not.toBe(0)
})

function withFile(words: readonly string[], file: string): readonly string[] {
  return words.map((word) => word.replace('FILE', file))
}
