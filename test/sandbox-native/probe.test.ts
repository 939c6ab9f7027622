import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openNative } from '../../sandbox-native/driver/index.ts'

test('probe() finds that root can do everything on this machine', async () => {
  const { checks, overlay, kernel } = await openNative().probe()
  expect(kernel).toBe(release())
  expect(overlay).toBe(true)
  expect(checks.filter((check) => !check.ok)).toEqual([])
  expect(checks.map((check) => check.name)).toContain('seccomp')
})

test('probe() reports how a single ID is supported', async () => {
  const { checks } = await openNative({ idMapping: { kind: 'single' } }).probe()
  const ids = checks.find((check) => check.name === 'ids')
  expect(ids).toMatchObject({ ok: true, limited: true, hint: expect.stringContaining('Install newuidmap') })
  expect(checks.find((check) => check.name === 'overlay')?.ok).toBe(true)
})

test('probe() reports why a mapping fails', async () => {
  const range = [{ start: 4_000_000_000, count: 10 }]
  const native = openNative({ idMapping: { kind: 'subordinate', uidRanges: range, gidRanges: range } })
  const { checks, overlay } = await native.probe()
  expect(overlay).toBe(false)
  expect(checks.filter((check) => !check.ok).map((check) => check.name)).toEqual(['user namespace', 'overlay', 'proc'])
})

test('probe() tries overlays where the store is: there are none on a directory that is an overlay itself', async () => {
  const room = mkdtempSync(join(tmpdir(), 'tsbuild-probe-'))
  for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(room, name))
  const options = `lowerdir=${room}/lower,upperdir=${room}/upper,workdir=${room}/work`
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'tsbuild-probe', join(room, 'merged')])
  try {
    const { checks, overlay } = await openNative().probe(join(room, 'merged'))
    expect(overlay).toBe(false)
    expect(checks.filter((check) => !check.ok)).toMatchObject([
      { name: 'overlay', hint: expect.stringContaining('a volume or a tmpfs') },
    ])
    expect(readdirSync(join(room, 'merged'))).toEqual([])
  } finally {
    execFileSync('umount', [join(room, 'merged')])
    rmSync(room, { recursive: true })
  }
})

test('probe() leaves nothing', async () => {
  await openNative().probe()
  expect(readdirSync('/var/tmp').filter((name) => name.startsWith('tsbuild-probe-'))).toEqual([])
})
