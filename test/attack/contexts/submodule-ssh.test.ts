import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { submoduleSshEnvironment } from '../../../builder/context/git-ssh.ts'
import { workspace } from '../../support/trees.ts'

const NAMED = 'git@named.example.com:some/project'

test('a submodule on a server of the repository’s choice is fetched without the caller’s keys', async () => {
  const path = join(workspace(), 'ssh-config')
  const env = await submoduleSshEnvironment(NAMED, { callerHosts: ['named.example.com', 'two.example.com'] }, path)
  expect(env['GIT_SSH_COMMAND']).toBe(`ssh -F '${path}'`)
  for (const host of ['internal.example.com', 'example.com', '10.0.0.1'])
    expect(settings(path, host)).toMatchObject({ identityagent: 'none', identityfile: 'none', batchmode: 'yes' })
  for (const host of ['named.example.com', 'two.example.com'])
    expect(settings(path, host)['identityagent']).not.toBe('none')
})

test('the agent of --ssh is used for all servers', async () => {
  const path = join(workspace(), 'ssh-config')
  await submoduleSshEnvironment(NAMED, { callerHosts: ['named.example.com'], agentSocket: '/agent/with a blank' }, path)
  expect(settings(path, 'internal.example.com')['identityagent']).toBe('/agent/with a blank')
})

test('a repository that only the Dockerfile names gets no further configuration', async () => {
  expect(await submoduleSshEnvironment(NAMED, { callerHosts: [] }, '/nowhere')).toEqual({})
})

/** The settings that ssh reads from the file. */
function settings(config: string, host: string): Readonly<Record<string, string>> {
  const lines = execFileSync('ssh', ['-G', '-F', config, host], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .trim()
    .split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/ (.*)/s, 2) as [string, string]))
}
