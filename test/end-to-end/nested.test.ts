import { dirname, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Finished, type Tsbuild } from './tsbuild.ts'

const repository = resolve(import.meta.dirname, '../..')

let tsbuild: Tsbuild
beforeAll(async () => {
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
})

/** Builds an image and runs it, inside a container with the documented settings. */
function buildInside(...options: readonly string[]): Promise<Finished> {
  const read = ['/usr', '/lib', '/lib64', repository].flatMap((place) => ['-v', `${place}:${place}:ro`])
  const env = ['-e', `PATH=${dirname(process.execPath)}:/usr/bin:/bin`, '-e', 'TSBUILD_ROOT=/store', '-e', 'HOME=/']
  const file = 'FROM scratch\\nCOPY busybox /bin/busybox\\nRUN ["/bin/busybox", "touch", "/built"]\\n'
  const program = `${repository}/bin/tsbuild`
  const script = `mkdir /context && cp /bin/busybox /context/ && printf '${file}' > /context/Dockerfile &&
    ${program} build --progress plain -t inner /context && ${program} run --rm --network host inner /bin/busybox ls /built`
  const network = ['--network', 'none']
  return tsbuild.run('run', '--rm', ...network, ...options, ...read, ...env, 'busybox', 'sh', '-c', script)
}

const OPEN = ['--security-opt', 'seccomp=unconfined']
const UNMASKED = [...OPEN, '--security-opt', 'systempaths=unconfined']

test.each([
  ['without privileges, its /proc unmasked', UNMASKED, ''],
  ['without privileges, its /proc masked', OPEN, 'does not allow a new /proc'],
  ['with all privileges', ['--privileged'], ''],
])('builds and runs in a container %s', async (_, options, warning) => {
  const { stdout, stderr, exitCode } = await buildInside(...options, '-v', '/store')
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toMatch(/\/built\n$/)
  expect(stderr).toContain(warning)
})

test.each([
  ['without privileges', UNMASKED],
  ['with all privileges', ['--privileged']],
])("builds and runs in copied trees with the store on the container's own overlay, %s", async (_, options) => {
  const { stdout, stderr, exitCode } = await buildInside(...options)
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toMatch(/\/built\n$/)
  expect(stderr).toContain('RUN steps work in a copy of their layers')
  expect(stderr).toContain('the container works in a copy of its image')
})
