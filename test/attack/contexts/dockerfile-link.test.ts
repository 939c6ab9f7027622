import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDockerfile, readIgnorePatterns } from '../../../builder/context/read-dockerfile.ts'
import { workspace } from '../../support/trees.ts'

const LEADS_OUT = { code: 'BUILD_REFUSED', message: expect.stringMatching(/leads out of the build context/) }

test.each([
  ['an absolute link', (directory: string) => join(directory, 'secret')],
  ['a relative link', () => '../secret'],
])('%s to a file of the host is read neither as Dockerfile nor as ignore file', async (_, target) => {
  const { directory, context } = start()
  symlinkSync(target(directory), join(context.root, 'Dockerfile'))
  symlinkSync(target(directory), join(context.root, '.dockerignore'))
  symlinkSync(target(directory), join(context.root, 'named'))
  await expect(readDockerfile(undefined, context)).rejects.toMatchObject(LEADS_OUT)
  await expect(readDockerfile({ path: 'named' }, context)).rejects.toMatchObject(LEADS_OUT)
  await expect(readDockerfile({ path: '../secret' }, context)).rejects.toMatchObject(LEADS_OUT)
  await expect(readIgnorePatterns({}, context)).rejects.toMatchObject(LEADS_OUT)
})

test('a link within the context is followed', async () => {
  const { context } = start()
  writeFileSync(join(context.root, 'real'), 'FROM scratch\n')
  symlinkSync('real', join(context.root, 'Dockerfile'))
  expect(await readDockerfile(undefined, context)).toMatchObject({ text: 'FROM scratch\n', name: 'Dockerfile' })
})

test('a pipe that nobody writes to does not hold the build up', async () => {
  const { context } = start()
  execFileSync('mkfifo', [join(context.root, 'Dockerfile'), join(context.root, '.dockerignore')])
  const refused = { code: 'BUILD_REFUSED', message: expect.stringMatching(/a device or a pipe/) }
  await expect(readDockerfile(undefined, context)).rejects.toMatchObject(refused)
  await expect(readIgnorePatterns({}, context)).rejects.toMatchObject(refused)
})

function start() {
  const directory = workspace()
  writeFileSync(join(directory, 'secret'), 'root:secret\n')
  mkdirSync(join(directory, 'context'))
  return { directory, context: { root: join(directory, 'context'), hasIgnoreFile: true, close: async () => {} } }
}
