import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const room = temporaryDirectory('attack-proc')
let engine: TestEngine

beforeAll(async () => {
  engine = await temporaryContainers()
  writeFileSync(join(room, 'secret'), 'of root\n', { mode: 0o600 })
  writeFileSync(join(room, 'meminfo'), 'MemTotal: 1 kB\n')
  // As in a user namespace with a single ID, where other owners are emulated.
  mkdirSync(join(room, 'proc/self'), { recursive: true })
  writeFileSync(join(room, 'proc/self/uid_map'), '0 0 1\n')
})

function run(flag: string, command: readonly string[]) {
  const mounts = [parseVolumeFlag(flag), parseVolumeFlag(`${join(room, 'secret')}:/secret:ro`)]
  return runToEnd(engine.containers, { user: '1000:1000', mounts, command, autoRemove: true })
}

/** An image can have VOLUME /proc, with any ID mapping in it. */
describe('mounts over /proc', () => {
  test.each(['/proc', '/proc/self', '/proc/1', '/proc/sys/kernel'])('are refused at %s', async (place) => {
    const ran = run(`${join(room, 'proc')}:${place}`, ['cat', '/secret'])
    await expect(ran.then(({ stdout }) => stdout)).rejects.toThrow('inside /proc')
  })

  test('are accepted over files with figures of the machine', async () => {
    const ran = await run(`${join(room, 'meminfo')}:/proc/meminfo:ro`, ['cat', '/proc/meminfo'])
    expect(ran.stdout).toBe('MemTotal: 1 kB\n')
  })

  test("are accepted if they are the kernel's /proc", async () => {
    expect((await run('/proc:/proc', ['cat', '/proc/self/comm'])).stdout).toBe('cat\n')
  })
})
