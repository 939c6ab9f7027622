import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { installProgram } from '../support/install-program.ts'
import { startSshAgent } from '../support/ssh-agent.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild

beforeAll(() => {
  room = temporaryDirectory('secrets')
  tsbuild = createTsbuild()
})

test('RUN --mount=type=ssh provides access to a real agent, and leaves nothing behind', async () => {
  const context = join(room, 'ssh')
  installProgram('/usr/bin/ssh-add', join(context, 'root'))
  const lines = ['FROM scratch', 'COPY root /', 'RUN --mount=type=ssh ["/usr/bin/ssh-add", "-L"]']
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`)
  const agent = startSshAgent(room)
  try {
    const env = { SSH_AUTH_SOCK: agent.socket }
    const output = join(room, 'root.tar')
    const words = ['build', '--progress=plain', '--ssh', 'default', '-o', `type=tar,dest=${output}`, context]
    const { exitCode, stderr } = await tsbuild.with({ env }).run(...words)
    expect(exitCode, stderr).toBe(0)
    expect(stderr).toMatch(/ssh-ed25519 \S+ key of the test/)
    expect(execFileSync('tar', ['-tf', output], { encoding: 'utf8' })).not.toContain('ssh_agent')
    const without = await tsbuild.run('build', '--progress=plain', '--no-cache', context)
    expect(without.exitCode).not.toBe(0)
  } finally {
    agent.stop()
  }
})

const missing: readonly (readonly [name: string, flag: string, found: string])[] = [
  ['a missing file', 'id=token,src=/nowhere/token', '"/nowhere/token": no such file or directory'],
  ['a file named by the id alone', 'id=no-such-file', 'no-such-file": no such file or directory'],
  ['a directory', 'id=token,src=/', '"/": is a directory'],
]
for (const [name, flag, found] of missing) {
  test(`a secret from ${name} is reported before the build starts`, async () => {
    const input = 'FROM scratch\nCOPY nothing /\n'
    const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '--progress=plain', '--secret', flag, '-')
    expect(stderr).toContain('Cannot read secret')
    expect(stderr).toContain(found)
    expect(stderr).not.toContain('#1 ')
    expect(exitCode).toBe(66)
  })
}

test("a secret larger than docker's limit is refused", async () => {
  const file = join(room, 'large')
  writeFileSync(file, Buffer.alloc(500 * 1024 + 1))
  const { exitCode, stderr } = await tsbuild
    .with({ input: 'FROM scratch\n' })
    .run('build', '--secret', `id=large,src=${file}`, '-')
  expect(stderr).toContain('512001 bytes (at most 512000)')
  expect(exitCode).toBe(65)
})

test.each(['BUILDKIT_MULTI_PLATFORM', 'BUILDKIT_BUILD_NAME', 'BUILDKIT_SBOM_SCAN_STAGE'])(
  'build argument %s is reported to have no effect',
  async (name) => {
    const given = tsbuild.with({ input: 'FROM scratch\nLABEL a=b\n' })
    const { exitCode, stderr } = await given.run('build', '--progress=plain', '--build-arg', `${name}=1`, '-')
    expect(exitCode).toBe(0)
    expect(stderr).toContain(`BUILD_ARGUMENT_UNUSED: Build argument "${name}" has no effect`)
    const off = await given.run('build', '--progress=plain', '--build-arg', `${name}=0`, '-')
    expect(off.stderr).not.toContain('BUILD_ARGUMENT_UNUSED')
  },
)
