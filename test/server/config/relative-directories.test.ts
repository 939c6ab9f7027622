import { relative } from 'node:path'
import { expect, test } from 'vitest'
import { createRepository } from '../support/git-repository.ts'
import { serverDirectory, startTestServer } from '../support/start-test-server.ts'

test('relative directories in settings are resolved against the current directory, in builds too', async () => {
  const directory = serverDirectory()
  const here = relative(process.cwd(), directory)
  const env = { TSBUILD_SERVER_DATA_DIRECTORY: here, TSBUILD_SERVER_GIT_LOCAL_ROOTS: here }
  const server = await startTestServer(directory, env)
  try {
    const repository = createRepository(directory, 'app')
    repository.commit({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' })
    const body = { name: 'app', settings: { repository: { url: repository.url } } }
    await server.api.call('createProject', { body })
    const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
    expect(await server.ended(id)).toMatchObject({ state: 'succeeded' })
  } finally {
    await server.stop()
  }
})
