import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isFrozen, setFrozen } from '../../../container/state/freezer.ts'

const group = mkdtempSync(join(tmpdir(), 'tsbuild-group-'))
afterAll(() => rmSync(group, { recursive: true, force: true }))

test('setFrozen() stops waiting for a group that is removed concurrently', async () => {
  writeFileSync(join(group, 'cgroup.freeze'), '0\n')
  writeFileSync(join(group, 'cgroup.events'), 'populated 1\nfrozen 0\n')
  const freezing = setFrozen([group], true)
  expect(isFrozen([group])).toBe(false)
  rmSync(group, { recursive: true })
  expect(await freezing).toBe(false)
})
