import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defaultRoot, openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { tarBytes, tarLayer } from './layer-samples.ts'
import { temporaryRoot } from './temporary-store.ts'

describe('openStore()', () => {
  test('creates directories accessible to the owner only, and opens them again', async () => {
    const root = join(await temporaryRoot(), 'deep', 'store')
    const { id } = await tarLayer(await openStore(root, openNative().trees), 'copy')
    expect(await (await openStore(root, openNative().trees)).layers.get(id)).toMatchObject({ id })
    for (const name of ['', 'blobs', 'layers', 'images', 'tmp', 'cache']) {
      expect((await stat(join(root, name))).mode & 0o777, name).toBe(0o700)
    }
  })

  test.each([
    ['real', 'recorded'],
    ['recorded', 'real'],
  ] as const)('refuses one of %s owners where they are %s', async (created, now) => {
    const root = await temporaryRoot()
    const { trees } = openNative()
    await openStore(root, trees, { owners: created })
    await openStore(root, trees, { owners: created })
    await expect(openStore(root, trees, { owners: now })).rejects.toMatchObject({
      code: 'STORE_BAD_VERSION',
      hint: expect.stringContaining('--root'),
    })
  })

  test.each(['2\n', '999\n', 'new\n'])('refuses a store of version %o and changes nothing', async (version) => {
    const root = await temporaryRoot()
    await writeFile(join(root, 'version'), version)
    await expect(openStore(root, openNative().trees)).rejects.toMatchObject({ code: 'STORE_BAD_VERSION' })
    expect(await readdir(root)).toEqual(['version'])
    expect(await readFile(join(root, 'version'), 'utf8')).toBe(version)
  })

  test.each(['', '\0\0'])('replaces the version %o that a power failure left', async (version) => {
    const root = await temporaryRoot()
    await writeFile(join(root, 'version'), version)
    await openStore(root, openNative().trees)
    expect(await readFile(join(root, 'version'), 'utf8')).toBe('1\n')
  })

  test('reports why the root is unusable', async () => {
    const root = join(await temporaryRoot(), 'file')
    await writeFile(root, '')
    await expect(openStore(root, openNative().trees)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining(root),
      hint: expect.stringContaining('--root'),
    })
  })

  test.each(['.local', '.local/share'])('names a broken link at %s', async (path) => {
    const home = await temporaryRoot()
    await mkdir(dirname(join(home, path)), { recursive: true })
    await symlink('/nonexistent/place', join(home, path))
    await expect(openStore(join(home, '.local/share/tsbuild'), openNative().trees)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('a dangling link'),
    })
  })

  test('fails immediately if nothing can be created', async () => {
    await expect(openStore('/proc/store', openNative().trees)).rejects.toMatchObject({ code: 'STORE_DENIED' })
  })

  test('reports a read-only file system, and suggests another root', async () => {
    const root = await temporaryRoot()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tsbuild-read-only', root])
    try {
      await expect(openStore(join(root, 'store'), openNative().trees)).rejects.toMatchObject({
        code: 'STORE_READ_ONLY',
        hint: expect.stringContaining('--root'),
      })
    } finally {
      execFileSync('umount', [root])
    }
  })
})

describe('defaultRoot()', () => {
  test.each([
    ['the variable', { TSBUILD_ROOT: '/mnt/store', XDG_DATA_HOME: '/data' }, 0, '/mnt/store'],
    ['the system directory for root', { HOME: '/root' }, 0, '/var/lib/tsbuild'],
    ['the XDG data directory', { XDG_DATA_HOME: '/data', HOME: '/home/me' }, 1000, '/data/tsbuild'],
    [
      'the home directory of the account where HOME is empty',
      { HOME: '' },
      1000,
      join(userInfo().homedir, '.local/share/tsbuild'),
    ],
    ['and where it is relative', { HOME: 'h' }, 1000, join(userInfo().homedir, '.local/share/tsbuild')],
    ['the home directory', { HOME: '/home/me' }, 1000, '/home/me/.local/share/tsbuild'],
    [
      'the home directory where XDG is relative',
      { XDG_DATA_HOME: 'data', HOME: '/h' },
      1000,
      '/h/.local/share/tsbuild',
    ],
  ])('is %s', (_, env, uid, expected) => {
    expect(defaultRoot(env, uid)).toBe(expected)
  })
})

describe('a full disk', () => {
  test('is reported, and the store remains usable', async () => {
    const root = await temporaryRoot()
    const mounted = join(root, 'small')
    await mkdir(mounted)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tsbuild-small', mounted])
    try {
      const store = await openStore(join(mounted, 'store'), openNative().trees)
      await expect(store.blobs.putBytes(Buffer.alloc(1 << 20))).rejects.toMatchObject({
        code: 'STORE_FULL',
        hint: 'Free space, for example with tsbuild prune',
      })
      expect(await readdir(join(store.root, 'tmp'))).toEqual([])
      const layer = await tarLayer(store, 'copy')
      expect(layer.sizeBytes).toBe(tarBytes('copy').length)
    } finally {
      execFileSync('umount', [mounted])
    }
  })

  test('is distinguished from one without inodes', async () => {
    const root = await temporaryRoot()
    const mounted = join(root, 'few')
    await mkdir(mounted)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=40', 'tsbuild-few', mounted])
    try {
      const store = await openStore(join(mounted, 'store'), openNative().trees)
      const fill = async () => {
        for (let number = 0; ; number += 1) await writeFile(join(mounted, String(number)), '')
      }
      await expect(fill()).rejects.toMatchObject({ code: 'ENOSPC' })
      await expect(store.blobs.putBytes(Buffer.from('x'))).rejects.toMatchObject({
        code: 'STORE_FULL',
        message: expect.stringContaining('no inodes left on device'),
        hint: expect.stringContaining('df -i'),
      })
    } finally {
      execFileSync('umount', [mounted])
    }
  })
})
