import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

const outside = () => join(root.directory, 'outside')

beforeAll(() => {
  mkdirSync(outside())
  symlinkSync(outside(), join(root.lower, 'link'))
  symlinkSync('../../../../../../../..', join(root.lower, 'up'))
  symlinkSync('loop', join(root.lower, 'loop'))
})

test('a target behind a link is created below the root of the container, not on the host', async () => {
  const targets = ['/link/a', `/up${outside()}/b`, `/../../../..${outside()}/c`]
  const mounts = targets.map((target) => ({ kind: 'tmpfs', target }) as const)
  const ran = await root.run('grep -c tmpfs /proc/mounts', { mounts })
  expect(ran.exitCode).toBe(0)
  expect(readdirSync(outside())).toEqual([])
})

test('endless links are an error', async () => {
  const run = root.run('true', { mounts: [{ kind: 'tmpfs', target: '/loop/a' }] })
  await expect(run).rejects.toMatchObject({ code: 'SANDBOX_TARGET' })
})

test('a root whose /proc is a link is refused', async () => {
  const other = makeBusyboxRoot()
  try {
    symlinkSync('/etc', join(other.lower, 'proc'))
    await expect(other.run('true')).rejects.toMatchObject({ code: 'SANDBOX_TARGET' })
  } finally {
    other.remove()
  }
})

test('the subpath of an overlay mount cannot leave its layers', async () => {
  const layer = join(root.directory, 'layer')
  mkdirSync(layer)
  symlinkSync('/etc', join(layer, 'out'))
  for (const subpath of ['out', '../../../../../../etc']) {
    const mounts = [{ kind: 'overlay', lowers: [layer], subpath, target: '/mnt' }] as const
    await expect(root.run('ls /mnt', { mounts })).rejects.toMatchObject({ code: 'SANDBOX_MOUNT' })
  }
})
