import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { elfFile } from '../support/elf-file.ts'
import { inventoryOf, purlsOf, treeOf } from './inventory.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const DEBIAN = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'

function dpkgRecord(name: string, version: string, more = ''): string {
  return `Package: ${name}\nStatus: install ok installed\nMaintainer: A <a@example.org>\nArchitecture: amd64\n${more}Version: ${version}\nDescription: x\n more\n\n`
}

function goBuildInfo(modules: readonly string[]): Buffer {
  const sized = (text: string) => [Buffer.of(text.length | 0x80, text.length >> 7), Buffer.from(text)]
  const mark = 'x'.repeat(16)
  const head = Buffer.concat([Buffer.from('\xff Go buildinf:\x08\x02', 'latin1'), Buffer.alloc(16)])
  return Buffer.concat([head, ...sized('go1.24.1'), ...sized(`${mark}${modules.join('\n')}\n${mark}`)])
}

const cases: readonly (readonly [name: string, files: Record<string, string | Buffer>, purls: readonly string[]])[] = [
  [
    'dpkg: installed packages, with the distribution',
    {
      'etc/os-release': DEBIAN,
      'var/lib/dpkg/status':
        dpkgRecord('libc6', '2.36-9+deb12u10', 'Source: glibc\n') +
        dpkgRecord('Perl', '2:5.36.0~rc1').replace('install ok installed', 'deinstall ok config-files') +
        dpkgRecord('libstdc++6', '1:12.2.0-14'),
    },
    [
      'pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12',
      'pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14?arch=amd64&distro=debian-12',
    ],
  ],
  [
    'dpkg: the directory of distroless images',
    {
      'usr/lib/os-release': DEBIAN,
      'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4\nArchitecture: amd64\n',
      'var/lib/dpkg/status.d/base.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  etc/issue\n',
    },
    ['pkg:deb/debian/base-files@12.4?arch=amd64&distro=debian-12'],
  ],
  [
    'apk',
    {
      'etc/os-release': 'ID=alpine\nVERSION_ID=3.20.3\n',
      'lib/apk/db/installed':
        'C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\nP:busybox\nV:1.36.1-r29\nA:x86_64\n\n',
    },
    [
      'pkg:apk/alpine/busybox@1.36.1-r29?arch=x86_64&distro=alpine-3.20.3',
      'pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.3',
    ],
  ],
  [
    'rpm: a database of rpm 4.18, with headers on several pages',
    {
      'etc/os-release': 'ID=fedora\nVERSION_ID=40\n',
      'usr/lib/sysimage/rpm/rpmdb.sqlite': gunzipSync(readFileSync(join(fixtures, 'rpmdb.sqlite.gz'))),
      'usr/lib/sysimage/rpm/rpmdb.sqlite-wal': '',
    },
    [
      'pkg:rpm/fedora/big-docs@1.0-1?arch=noarch&distro=fedora-40',
      'pkg:rpm/fedora/hello@2.12-3?arch=noarch&distro=fedora-40&epoch=1',
    ],
  ],
  ...['4096', '512'].map(
    (pageBytes) =>
      [
        `rpm: a Berkeley DB with pages of ${pageBytes} bytes, as rpm before 4.16 has it`,
        {
          'etc/os-release': 'ID=centos\nVERSION_ID=7\n',
          'var/lib/rpm/Packages': gunzipSync(readFileSync(join(fixtures, `rpm-Packages-${pageBytes}.gz`))),
        },
        [
          'pkg:rpm/centos/big-docs@1.0-1?arch=noarch&distro=centos-7',
          'pkg:rpm/centos/hello@2.12-3?arch=noarch&distro=centos-7&epoch=1',
        ],
      ] as const,
  ),
  [
    'npm: installed packages, each once, and not the documents within them',
    {
      'app/package.json': '{"name":"app","version":"1.0.0"}',
      'app/node_modules/a/package.json': '{"name":"a","version":"1.0.0","license":"MIT"}',
      'app/node_modules/a/dist/cjs/package.json': '{"name":"inner","version":"0.0.0"}',
      'app/node_modules/a/node_modules/b/package.json': '{"name":"b","version":"2.0.0-rc.1+5"}',
      'app/node_modules/@scope/c/package.json': '{"name":"@scope/c","version":"3.0.0"}',
      'app/node_modules/.cache/package.json': '{"type":"module"}',
      'usr/lib/node_modules/a/package.json': '{"name":"a","version":"1.0.0"}',
      'usr/lib/node_modules/bad/package.json': '{"name":"x/../y","version":"1.0.0"}',
    },
    ['pkg:npm/%40scope/c@3.0.0', 'pkg:npm/a@1.0.0', 'pkg:npm/b@2.0.0-rc.1%2B5', 'pkg:npm/x%2F..%2Fy@1.0.0'],
  ],
  [
    'pip: wheels, eggs and single files',
    {
      'usr/lib/python3/dist-packages/Foo_Bar-1.0.dist-info/METADATA':
        'Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.0\n\nText\nName: no\n',
      'usr/lib/python3/dist-packages/egg.egg-info/PKG-INFO': 'Name: egg\r\nVersion: 2\r\n\r\n',
      'usr/lib/python3/dist-packages/six-1.16.egg-info': 'Name: six\nVersion: 1.16\n',
    },
    ['pkg:pypi/egg@2', 'pkg:pypi/foo-bar@1.0', 'pkg:pypi/six@1.16'],
  ],
  [
    'cargo: what cargo-auditable put into a program, and lock files',
    {
      'bin/tool': elfFile({
        '.dep-v0': deflateSync(
          '{"packages":[{"name":"serde","version":"1.0.2","source":"crates.io"},{"name":"cc","version":"1.1.0","kind":"build"}]}',
        ),
      }),
      'src/Cargo.lock':
        'version = 4\n[[package]]\nname = "own"\nversion = "0.1.0"\n\n[[package]]\nname = "libc"\nversion = "0.2.5"\nsource = "registry+https://example.org"\n',
    },
    ['pkg:cargo/libc@0.2.5', 'pkg:cargo/serde@1.0.2'],
  ],
]

test.each(cases)('%s', async (_, files, purls) => {
  const inventory = await inventoryOf(treeOf(files))
  expect(purlsOf(inventory)).toEqual(purls)
  expect(inventory.unread).toEqual([])
})

test('go: modules of a program, its toolchain, and replacements are listed', async () => {
  const section = readFileSync(join(fixtures, 'crane.go.buildinfo'))
  const inventory = await inventoryOf(treeOf({ 'bin/crane': elfFile({ '.go.buildinfo': section }) }))
  expect(inventory.unread).toEqual([])
  expect(purlsOf(inventory)).toEqual(
    expect.arrayContaining([
      'pkg:golang/stdlib@1.26.8',
      'pkg:golang/github.com/google/go-containerregistry@v0.22.1',
      'pkg:golang/github.com/docker/cli@v29.7.2%2Bincompatible',
    ]),
  )
  expect(inventory.packages[0]?.locations).toEqual(['/bin/crane'])
})

test('Go modules built from a directory, the program itself too, have no version; others that of their replacement', async () => {
  const modules = [
    ...['path\texample.com/m', 'mod\texample.com/m\t(devel)\t'],
    ...['dep\texample.com/lib\tv1.2.3', '=>\t../lib\t(devel)\t'],
    ...['dep\texample.com/a\tv1.0.0', '=>\texample.com/b\tv2.0.0\th1:x'],
  ]
  const section = goBuildInfo(modules)
  expect(purlsOf(await inventoryOf(treeOf({ 'bin/m': elfFile({ '.go.buildinfo': section }) })))).toEqual([
    ...['pkg:golang/example.com/b@v2.0.0', 'pkg:golang/example.com/lib', 'pkg:golang/example.com/m'],
    'pkg:golang/stdlib@1.24.1',
  ])
})

test('a program compiled on this machine is read as well as generated ones', async () => {
  const tree = treeOf({ 'bin/x': '' })
  execFileSync('cp', ['/bin/true', join(tree, 'bin/true')])
  expect(await inventoryOf(tree)).toEqual({ packages: [], unread: [] })
})

test('only the final filesystem counts: deleted and replaced files are not listed', async () => {
  const lower = treeOf({
    'app/node_modules/gone/package.json': '{"name":"gone","version":"1.0.0"}',
    'app/node_modules/kept/package.json': '{"name":"kept","version":"1.0.0"}',
  })
  const upper = treeOf({ 'app/node_modules/kept/package.json': '{"name":"kept","version":"1.0.1"}' })
  execFileSync('mknod', [join(upper, 'app/node_modules/gone'), 'c', '0', '0'])
  expect(purlsOf(await inventoryOf(upper, lower))).toEqual(['pkg:npm/kept@1.0.1'])
})

test('a package that several files name has each of them once, sorted', async () => {
  const lock = '[[package]]\nname = "libc"\nversion = "0.2.5"\nsource = "registry+https://example.org"\n'
  const tree = treeOf({ 'b/Cargo.lock': lock + lock, 'c/Cargo.lock': lock, 'a/Cargo.lock': lock })
  const { packages } = await inventoryOf(tree)
  expect(packages.map(({ locations }) => locations)).toEqual([['/a/Cargo.lock', '/b/Cargo.lock', '/c/Cargo.lock']])
})

const ndb = Buffer.concat([Buffer.from('RpmP'), Buffer.alloc(8), Buffer.of(3, 0, 0, 0), Buffer.alloc(4080)])

test.each([
  [
    'a Go program whose list of modules is damaged',
    'bin/go',
    elfFile({
      '.go.buildinfo': goBuildInfo(['mod\texample.com/m\tv1.0.0', 'dep\texample.com/a', 'd\0p\tx\tv1', 'dep']),
    }),
    '3 of its modules have no name and version',
  ],
  [
    'a Berkeley DB that ends between two pages',
    'var/lib/rpm/Packages',
    gunzipSync(readFileSync(join(fixtures, 'rpm-Packages-4096.gz'))).subarray(0, 3 * 4096),
    'it ends before its last page',
  ],
  ['an ndb database that ends within its list', 'var/lib/rpm/Packages.db', ndb, 'it ends within its list of packages'],
])('%s is reported', async (_, path, bytes, reason) => {
  expect((await inventoryOf(treeOf({ [path]: bytes }))).unread).toContainEqual({ path: `/${path}`, reason })
})

test('crates that are not records with name and version are reported', async () => {
  const source = 'source = "registry+https://example.org"\n'
  const lock = `[[package]]\nname = "libc"\nversion = 5\n${source}\n[[package]]\nname = "serde"\nversion = "1.0.2"\n${source}`
  const tree = treeOf({
    'a/Cargo.lock': lock,
    'b/Cargo.lock': 'package = 7\n',
    'c/Cargo.lock': 'version = 4\n',
    'bin/x': elfFile({ '.dep-v0': deflateSync('{"packages":[{"name":"cc"},7]}') }),
  })
  const inventory = await inventoryOf(tree)
  expect(purlsOf(inventory)).toEqual(['pkg:cargo/serde@1.0.2'])
  expect(inventory.unread).toEqual([
    { path: '/a/Cargo.lock', reason: '1 of its crates have no name and version' },
    { path: '/b/Cargo.lock', reason: 'its list of crates is damaged' },
    { path: '/bin/x', reason: '2 of its crates have no name and version' },
  ])
})

test('packages behind links are found under their own names', async () => {
  const tree = treeOf({ 'app/node_modules/.pnpm/a@1/node_modules/a/package.json': '{"name":"a","version":"1.0.0"}' })
  symlinkSync('.pnpm/a@1/node_modules/a', join(tree, 'app/node_modules/a'))
  const { packages, unread } = await inventoryOf(tree)
  expect(packages.map(({ locations }) => locations)).toEqual([
    ['/app/node_modules/.pnpm/a@1/node_modules/a/package.json'],
  ])
  expect(unread).toEqual([])
})
