import { chmodSync, chownSync, mkdtempSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createJobContainer, type JobContainer } from '../support/job-container.ts'
import { createTsbuild, createTsbuildUnder, type Tsbuild } from './tsbuild.ts'

const FILES = 'FROM scratch\nCOPY --chown=5:6 --chmod=4755 file /a\nADD --chown=7 file /b\nENV A=b\n'

/** The kernel refuses user namespaces to processes in a chroot. */
function createChroot(): JobContainer {
  const root = mkdtempSync(join(tmpdir(), 'tsbuild-chroot-'))
  const script = `mount --rbind / ${root} && exec chroot ${root} env "$@"`
  const program = resolve(import.meta.dirname, '../../bin/tsbuild')
  return {
    command: (env) => [
      ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'],
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      program,
    ],
    remove: () => rmdirSync(root),
  }
}

let here: Tsbuild
beforeAll(() => {
  here = createTsbuild()
})

describe.each([
  ['a user of the container', () => createJobContainer('--user=1000:1000'), 1000],
  ['root without any capability', () => createJobContainer('--cap-drop=ALL'), 0],
  ['a chroot in a user namespace with one ID', createChroot, 0],
])('a container in which no step can run: %s', (_, create, user) => {
  let container: JobContainer
  let job: Tsbuild
  let room: string

  beforeAll(() => {
    container = create()
    job = createTsbuildUnder(container)
    room = mkdtempSync(join(dirname(job.root), 'context-'))
    chmodSync(room, 0o755)
    chownSync(dirname(job.root), user, user)
    writeFileSync(join(room, 'file'), 'content\n')
    utimesSync(join(room, 'file'), 1_000_000_000, 1_000_000_000)
  })
  afterAll(async () => {
    await job.close()
    container.remove()
  })

  async function build(tsbuild: Tsbuild, dockerfile: string) {
    writeFileSync(join(room, 'Dockerfile'), dockerfile)
    return tsbuild.run('build', '--progress=plain', '-t', 'files', room)
  }

  test('builds Dockerfiles without RUN to the same layers', async () => {
    const layers = async (tsbuild: Tsbuild) => {
      const { exitCode, stderr } = await build(tsbuild, FILES)
      expect(exitCode, stderr).toBe(0)
      return tsbuild.ok('image', 'inspect', '--format', '{{json .RootFS.Layers}}', 'files')
    }
    expect(await layers(job)).toEqual(await layers(here))
  })

  test('refuses RUN and containers with the reason, and doctor fails with it', async () => {
    const { exitCode, stderr } = await build(job, `${FILES}RUN ["/a"]\n`)
    expect(exitCode, stderr).toBe(78)
    expect(stderr).toMatch(/Cannot run a step in this container: .*Operation not permitted/)
    expect(await job.run('run', 'files', '/a')).toMatchObject({
      stderr: expect.stringContaining('allows no namespaces'),
    })
    const doctor = await job.run('doctor')
    expect(doctor.stdout).toContain('RUN is refused; Dockerfiles without RUN can be built')
    expect(doctor.exitCode).toBe(78)
  })
})

test('a user without a home directory, who is not in the user database, builds', async () => {
  const container = createJobContainer('--user=4242:4242')
  const withoutHome = ['env', '--unset=HOME', '--unset=DOCKER_CONFIG']
  const command = (env: NodeJS.ProcessEnv) => {
    const words = container.command(env)
    return [...words.slice(0, -1), ...withoutHome, ...words.slice(-1)]
  }
  const job = createTsbuildUnder({ command })
  chownSync(dirname(job.root), 4242, 4242)
  const context = mkdtempSync(join(dirname(job.root), 'context-'))
  chmodSync(context, 0o755)
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
  const { exitCode, stderr } = await job.run('build', '-q', context)
  expect(exitCode, stderr).toBe(0)
  await job.close()
  container.remove()
})
