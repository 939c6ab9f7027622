import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseTmpfsFlag, parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const PLACES = 100
const ROUNDS = 5

const room = temporaryDirectory('attack-swap')
const victim = join(room, 'victim')
let engine: TestEngine

beforeAll(async () => {
  engine = await temporaryContainers()
  execFileSync('cc', ['-O2', '-static', '-o', join(room, 'swap'), join(import.meta.dirname, 'swapped-mount-points.c')])
  writeFileSync(victim, 'of the host\n')
  chmodSync(victim, 0o600)
})

/** The mount point is created in a volume that a process in another container rearranges concurrently. */
test('a mount point of a tmpfs that becomes a link does not change the mode of a host file', async () => {
  const { containers } = engine
  const shared = [parseVolumeFlag('shared:/shared'), parseVolumeFlag(`${room}:/room:ro`)]
  const { mountpoint } = await containers.volumes.create({ name: 'shared' })
  let begun = 0
  for (let round = 0; round < ROUNDS; round++) {
    const place = `/shared/${round}`
    mkdirSync(join(mountpoint, `${round}`))
    const command = ['/room/swap', place, `${PLACES}`, victim]
    const { container } = await containers.run({ image: 'busybox', network: 'none', mounts: shared, command })
    const mounts = [...shared, ...Array.from({ length: PLACES }, (_, number) => parseTmpfsFlag(`${place}/${number}`))]
    await runToEnd(containers, { mounts, command: ['true'] }).catch(() => {}) // may fail to start
    begun += Number(statSync(join(mountpoint, `${round}/trap0`)).isDirectory())
    await containers.remove(container.id, { force: true })
    expect((statSync(victim).mode & 0o7777).toString(8)).toBe('600')
  }
  expect(begun).toBeGreaterThan(0)
})
