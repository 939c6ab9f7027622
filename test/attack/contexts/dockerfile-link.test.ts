import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDockerfile, readIgnorePatterns } from '../../../builder/context/read-dockerfile.ts'
import { workspace } from '../../support/trees.ts'

const LEADS_OUT = { code: 'BUILD_REFUSED', message: expect.stringMatching(/outside of the build context/) }

test.each([
  ['an absolute link', (directory: string) => join(directory, 'secret')],
  ['a relative link', () => '../secret'],
])('%s to a file of the host is read neither as Dockerfile nor as ignore file', async (_, target) => {
  const { directory, context } = start()
  symlinkSync(target(directory), join(context.root, 'Dockerfile'))
  symlinkSync(target(directory), join(context.root, '.dockerignore'))
  symlinkSync(target(directory), join(context.root, 'named'))
  await expect(readDockerfile({ requested: undefined }, context)).rejects.toMatchObject(LEADS_OUT)
  await expect(readDockerfile({ requested: { path: 'named' } }, context)).rejects.toMatchObject(LEADS_OUT)
  await expect(readDockerfile({ requested: { path: '../secret' } }, context)).rejects.toMatchObject(LEADS_OUT)
  await expect(readIgnorePatterns({}, context)).rejects.toMatchObject(LEADS_OUT)
})

test('a link within the context is followed', async () => {
  const { context } = start()
  writeFileSync(join(context.root, 'real'), 'FROM scratch\n')
  symlinkSync('real', join(context.root, 'Dockerfile'))
  expect(await readDockerfile({ requested: undefined }, context)).toMatchObject({
    text: 'FROM scratch\n',
    name: 'Dockerfile',
  })
})

test('a pipe without a writer does not block the build', async () => {
  const { context } = start()
  execFileSync('mkfifo', [join(context.root, 'Dockerfile'), join(context.root, '.dockerignore')])
  const refused = { code: 'BUILD_REFUSED', message: expect.stringMatching(/a device or a pipe/) }
  await expect(readDockerfile({ requested: undefined }, context)).rejects.toMatchObject(refused)
  await expect(readIgnorePatterns({}, context)).rejects.toMatchObject(refused)
})

test('a path on the command line may lead out of the context, unless the build is confined', async () => {
  const { directory, context } = start()
  symlinkSync('../secret', join(context.root, 'named'))
  for (const path of [join(context.root, 'named'), join(directory, 'secret')]) {
    expect(await readDockerfile({ requested: { path } }, context)).toMatchObject({ text: 'root:secret\n' })
    await expect(readDockerfile({ requested: { path }, isConfined: true }, context)).rejects.toMatchObject({
      code: expect.stringMatching(/^BUILD_(REFUSED|DOCKERFILE_MISSING)$/),
    })
  }
})

test('an absolute path is resolved in the context if that is a repository or an archive', async () => {
  const { directory, context } = start()
  const fetched = { ...context, hasIgnoreFile: false }
  const path = join(directory, 'secret')
  await expect(readDockerfile({ requested: { path } }, fetched)).rejects.toMatchObject({
    code: 'BUILD_DOCKERFILE_MISSING',
  })
  writeFileSync(join(context.root, 'own'), 'FROM scratch\n')
  expect(await readDockerfile({ requested: { path: '/own' } }, fetched)).toMatchObject({ text: 'FROM scratch\n' })
})

function start() {
  const directory = workspace()
  writeFileSync(join(directory, 'secret'), 'root:secret\n')
  mkdirSync(join(directory, 'context'))
  return { directory, context: { root: join(directory, 'context'), hasIgnoreFile: true, close: async () => {} } }
}
