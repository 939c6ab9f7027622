import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pid } from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { createSink, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'
import { makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

let engine: TestEngine
const host = temporaryDirectory('propagated-attack')

beforeAll(async () => {
  engine = await temporaryContainers()
  execFileSync('mount', ['--bind', host, host])
  execFileSync('mount', ['--make-shared', host])
  mkdirSync(join(host, 'disk'))
})

afterAll(() => execFileSync('umount', ['-R', host]))

/** A filesystem that the host mounts later is visible inside without nodev, as on the host. */
test.each(['rslave', 'rshared'])(
  'no device can be opened on later mounts of the host below a source with %s',
  async (word) => {
    const { containers } = engine
    const mounts = [parseVolumeFlag(`${host}:/x:${word}`)]
    await containers.run({ image: 'busybox', name: word, network: 'none', mounts, command: ['sleep', '1000'] })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'dev', 'tsbuild-disk', join(host, 'disk')])
    const output = createSink()
    const script = 'cd /x/disk && mknod mem c 1 1; head -c 1 mem | wc -c; true > mem; mount -t tmpfs none /tmp'
    await containers.exec(
      word,
      { argv: ['sh', '-c', script] },
      {
        output: (_, chunk) => {
          output.write(chunk)
        },
      },
    )
    await containers.remove(word, { force: true })
    execFileSync('umount', [join(host, 'disk')])
    expect(output.text().match(/not permitted/g)?.length).toBeGreaterThanOrEqual(2)
    expect(output.text()).toMatch(/^0$/m)
  },
)

test('without a device cgroup no node is created where the host’s mounts are visible', async () => {
  const root = makeBusyboxRoot()
  const process = { seesHostMounts: true }
  const ran = await root.run('mknod /mem c 1 1', { process })
  const allowed = await root.run('mknod /mem c 1 1', { process, cgroup: { name: `tied-${pid}`, devicesOnly: true } })
  root.remove()
  expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not permitted') })
  expect(allowed).toMatchObject({ exitCode: 0, stderr: '' })
})
