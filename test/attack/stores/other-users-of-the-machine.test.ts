import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine

/** Like the root of a mounted disk, or a directory created by another user: open to all. */
beforeAll(async () => {
  engine = await temporaryContainers()
  chmodSync(engine.store.root, 0o755)
})

test('other users of the machine cannot access files of a container, such as a setuid program', async () => {
  const { containers, store } = engine
  const plant = 'cp /bin/busybox /data/planted; cp /bin/busybox /v/planted; chmod 4755 /data/planted /v/planted'
  const mounts = [{ kind: 'volume', name: 'shared', target: '/v' }] as const
  const { id, exitCode } = await runToEnd(containers, { command: ['sh', '-c', plant], mounts })
  expect(exitCode).toBe(0)
  const container = join(store.root, 'containers', id)
  const planted = [join(container, 'upper/data/planted'), join(store.root, 'volumes/shared/_data/planted')]
  for (const path of [...planted, join(container, 'state.json'), join(container, 'log.json')]) {
    expect(spawnSync('test', ['-e', path]).status).toBe(0)
    expect(spawnSync('runuser', ['-u', 'nobody', '--', 'test', '-e', path]).status).toBe(1)
  }
})
