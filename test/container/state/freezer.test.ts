import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isFrozen, setFrozen } from '../../../container/state/freezer.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const group = temporaryDirectory('group')

test('setFrozen() stops waiting for a group that is removed concurrently', async () => {
  writeFileSync(join(group, 'cgroup.freeze'), '0\n')
  writeFileSync(join(group, 'cgroup.events'), 'populated 1\nfrozen 0\n')
  const freezing = setFrozen([group], true)
  expect(isFrozen([group])).toBe(false)
  rmSync(group, { recursive: true })
  expect(await freezing).toBe(false)
})
