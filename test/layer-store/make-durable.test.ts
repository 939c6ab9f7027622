import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeDurable } from '../../layer-store/files/publish.ts'
import { temporaryRoot } from './temporary-store.ts'

test('what is no file by damage is an error of the store, and not waited for', async () => {
  const fifo = join(await temporaryRoot(), 'layer.json')
  execFileSync('mkfifo', [fifo])
  for (const path of [fifo, '/dev/zero']) {
    await expect(makeDurable([path])).rejects.toMatchObject({ code: 'STORE_IO' })
  }
}, 5000)
