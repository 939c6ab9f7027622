import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

let root: BusyboxRoot

beforeEach(() => {
  root = makeBusyboxRoot()
})

afterEach(() => root.remove())

const base64 = (text: string) => Buffer.from(text).toString('base64')

test('a file mount has the given content, mode and owner, and can be executed', async () => {
  const mount = { kind: 'file', target: '/run/tool', contentBase64: base64('#!/bin/sh\nid -u\n'), mode: 0o755 } as const
  const ran = await root.run('stat -c "%a %u %g" /run/tool; /run/tool', { mounts: [{ ...mount, uid: 7, gid: 8 }] })
  expect(ran.stdout).toBe('755 7 8\n0\n')
})

test('mount points and their parents are removed when the command exits', async () => {
  const mount = {
    kind: 'file',
    target: '/run/secrets/deep/token',
    contentBase64: '',
    mode: 0o400,
    uid: 0,
    gid: 0,
  } as const
  await root.run('test -f /run/secrets/deep/token', { mounts: [mount, { kind: 'tmpfs', target: '/cache/a' }] })
  expect(readdirSync(root.upper)).toEqual(['etc'])
})

test('files created next to a mount point are kept', async () => {
  const mounts = [{ kind: 'tmpfs', target: '/data/cache' }] as const
  await root.run('echo x > /data/kept; echo y > /data/cache/gone', { mounts })
  expect(readdirSync(join(root.upper, 'data'))).toEqual(['kept'])
})

test('a directory with a mount point keeps the time of its creation, or the one that the command sets', async () => {
  for (const name of ['opt', 'srv']) {
    mkdirSync(join(root.lower, name))
    utimesSync(join(root.lower, name), 1000, 1000)
  }
  const before = Date.now() - 1000
  const mounts = [
    { kind: 'tmpfs', target: '/opt/here' },
    { kind: 'tmpfs', target: '/srv/here' },
  ] as const
  await root.run('touch -d @2000 /srv', { mounts })
  expect(statSync(join(root.upper, 'opt')).mtimeMs).toBeGreaterThan(before)
  expect(statSync(join(root.upper, 'srv')).mtimeMs).toBe(2_000_000)
})

test('a bind mount shows a host directory, read-only on request', async () => {
  const source = join(root.directory, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'file'), 'content')
  const mount = { kind: 'bind', source, target: '/src' } as const
  const ran = await root.run('cat /src/file; touch /src/new; touch /ro/new', {
    mounts: [mount, { ...mount, target: '/ro', readOnly: true }],
  })
  expect(ran.stdout).toBe('content')
  expect(ran.stderr).toContain('Read-only file system')
  expect(readdirSync(source)).toEqual(['file', 'new'])
})

test('a bind mount of a single file hides the file of the root', async () => {
  const source = join(root.directory, 'hello')
  writeFileSync(source, 'outer\n')
  const ran = await root.run('cat /etc/passwd', { mounts: [{ kind: 'bind', source, target: '/etc/passwd' }] })
  expect(ran.stdout).toBe('outer\n')
})

test('a target is resolved through links within the root', async () => {
  mkdirSync(join(root.lower, 'var'))
  symlinkSync('/run', join(root.lower, 'var/run'))
  const mount = { kind: 'file', target: '/var/run/x', contentBase64: base64('x'), mode: 0o644, uid: 0, gid: 0 } as const
  const ran = await root.run('cat /run/x', { mounts: [mount] })
  expect(ran.stdout).toBe('x')
  expect(readdirSync(root.upper).sort()).toEqual(['etc'])
})

test('an overlay mount shows a subpath of layers, with a disposable upper directory if writable', async () => {
  const [low, upper, work] = ['low', 'up', 'wk'].map((name) => join(root.directory, name)) as [string, string, string]
  for (const path of [join(low, 'sub'), upper, work]) mkdirSync(path, { recursive: true })
  writeFileSync(join(low, 'sub/file'), 'deep')
  const mount = { kind: 'overlay', lowers: [low], subpath: 'sub', target: '/mnt/a' } as const
  const ran = await root.run('cat /mnt/a/file; touch /mnt/a/x; echo new > /mnt/b/file; cat /mnt/b/file', {
    mounts: [mount, { ...mount, target: '/mnt/b', upper, work }],
  })
  expect(ran.stdout).toBe('deepnew\n')
  expect(ran.stderr).toContain('Read-only file system')
})

test('300 layers can be mounted as one root', async () => {
  const lowers = Array.from({ length: 300 }, (_, index) =>
    join(root.directory, `layer with a rather long name, ${index}`),
  )
  for (const [index, path] of lowers.entries()) {
    mkdirSync(path)
    writeFileSync(join(path, `file${index}`), String(index))
    writeFileSync(join(path, 'same'), String(index))
  }
  const rootfs = { ...root.request('').rootfs, lowers: [...lowers, root.lower] }
  const ran = await root.run('cat /same /file0 /file299; ls / | grep -c file', { rootfs })
  expect(ran.stdout).toBe('00299300\n')
})

test('a root without layers consists of the upper directory', async () => {
  const rootfs = { ...root.request('').rootfs, lowers: [] }
  const mounts = [{ kind: 'bind', source: join(root.lower, 'bin'), target: '/bin' }] as const
  const ran = await root.run('echo x > /x; ls /', { rootfs, mounts })
  expect(ran.stdout).toBe('bin\ndev\netc\nproc\nsys\nx\n')
  expect(readdirSync(root.upper).sort()).toEqual(['x'])
})

test('a read-only root cannot be written', async () => {
  const ran = await root.run('touch /x', { rootfs: { ...root.request('').rootfs, readOnly: true } })
  expect(ran.stderr).toContain('Read-only file system')
})

test('a missing source is reported with its path', async () => {
  const mounts = [{ kind: 'bind', source: '/no/such', target: '/x' }] as const
  await expect(root.run('true', { mounts })).rejects.toMatchObject({
    code: 'SANDBOX_MOUNT',
    message: expect.stringContaining('"/no/such"'),
  })
})

test('root can mount layers that only other users may read', async () => {
  chmodSync(join(root.lower, 'etc'), 0o700)
  expect((await root.run('ls /etc | grep -c passwd')).stdout).toBe('1\n')
})
