import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryRoot } from '../layer-store/temporary-store.ts'
import { createTsbuild } from './tsbuild.ts'

test('a failed export does not change the existing file', async () => {
  const folder = await temporaryRoot()
  const file = join(folder, 'older.tar')
  writeFileSync(file, 'older')
  const tsbuild = createTsbuild()
  const { exitCode } = await tsbuild.run('export', '-o', file, 'absent')
  await tsbuild.close()
  expect(exitCode).toBe(1)
  expect(readFileSync(file, 'utf8')).toBe('older')
  expect(readdirSync(folder)).toEqual(['older.tar'])
})
