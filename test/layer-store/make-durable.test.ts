import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flushPaths } from '../../layer-store/files/publish.ts'
import { temporaryRoot } from './temporary-store.ts'

test('a path that is not a file because of damage is a store error, without waiting', async () => {
  const fifo = join(await temporaryRoot(), 'layer.json')
  execFileSync('mkfifo', [fifo])
  for (const path of [fifo, '/dev/zero']) {
    await expect(flushPaths([path])).rejects.toMatchObject({ code: 'STORE_IO' })
  }
}, 5000)
