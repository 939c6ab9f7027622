import { readdirSync } from 'node:fs'
import { release } from 'node:os'
import { expect, test } from 'vitest'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { createOverlayDirectory } from '../support/overlay-directory.ts'

test('probe() reports that root can do everything on this machine', async () => {
  const { checks, overlay, kernel } = await openNative().probe()
  expect(kernel).toBe(release())
  expect(overlay).toBe(true)
  expect(checks.filter((check) => !check.ok)).toEqual([])
  expect(checks.map((check) => check.name)).toContain('seccomp')
})

test('probe() reports the support for a single ID', async () => {
  const { checks } = await openNative({ idMapping: { kind: 'single' } }).probe()
  const ids = checks.find((check) => check.name === 'ids')
  expect(ids).toMatchObject({ ok: true, limited: true, hint: expect.stringContaining('Install newuidmap') })
  expect(checks.find((check) => check.name === 'overlay')?.ok).toBe(true)
})

test('probe() reports why an ID mapping fails', async () => {
  const range = [{ start: 4_000_000_000, count: 10 }]
  const native = openNative({ idMapping: { kind: 'subordinate', uidRanges: range, gidRanges: range } })
  const { checks, overlay } = await native.probe()
  expect(overlay).toBe(false)
  expect(checks.filter((check) => !check.ok).map((check) => check.name)).toEqual(['user namespace', 'overlay', 'proc'])
})

test('probe() tries overlays in the store: on an overlay, steps work in copies', async () => {
  const overlaid = createOverlayDirectory()
  try {
    const { checks, overlay, tree } = await openNative().probe(overlaid.path)
    expect({ overlay, tree }).toEqual({ overlay: false, tree: true })
    const isolation = checks.find(({ name }) => name === 'isolation of steps')
    expect(isolation).toMatchObject({ ok: true, limited: true, hint: expect.stringContaining('a volume or a tmpfs') })
    expect(readdirSync(overlaid.path)).toEqual([])
  } finally {
    overlaid.remove()
  }
})

test('probe() leaves nothing behind', async () => {
  await openNative().probe()
  // Other tests may be probing at this moment.
  await expect.poll(() => readdirSync('/var/tmp').filter((name) => name.startsWith('tsbuild-probe-'))).toEqual([])
})
