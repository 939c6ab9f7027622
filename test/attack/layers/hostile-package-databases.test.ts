import { randomBytes } from 'node:crypto'
import { readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { blobsOfBerkeleyDb } from '../../../sbom/databases/rpm/berkeley-packages.ts'
import { parseOsRelease } from '../../../sbom/distribution.ts'
import { inventoryOf, purlsOf, treeOf } from '../../sbom/inventory.ts'
import { elfFile } from '../../support/elf-file.ts'
import { ndbOf, sqliteOf } from './rpm-databases.ts'

const rpmdb = gunzipSync(readFileSync(join(import.meta.dirname, '../../sbom/fixtures/rpmdb.sqlite.gz')))

const GARBAGE = randomBytes(100_000)
const LOOP = Buffer.from(rpmdb)
LOOP.writeUInt16BE(0, 100 + 3) // no cells on the first page …
LOOP[100] = 5 // … which is an interior page
LOOP.writeUInt32BE(1, 100 + 8) // and points to itself

const packages = gunzipSync(readFileSync(join(import.meta.dirname, '../../sbom/fixtures/rpm-Packages-4096.gz')))

type Change = (file: Buffer) => void
type PageChange = (file: Buffer, page: number) => void

function berkeley(change: Change): Buffer {
  const file = Buffer.from(packages)
  change(file)
  return file
}

function pagesOf(type: number, change: PageChange): Change {
  return (file) => {
    for (let page = 4096; page < file.length; page += 4096) if (packages[page + 25] === type) change(file, page)
  }
}
const overflowPages = (change: PageChange) => pagesOf(7, change)
const hashPages = (change: PageChange) => pagesOf(13, change)

/** Every item of the page is a value as long as the file. */
function claimTheWholeFile(file: Buffer, page: number): void {
  const entries = 300
  file.writeUInt16LE(entries, page + 20)
  for (let entry = 0; entry < entries; entry += 1) {
    const start = 4096 - 12 * (entry + 1)
    if (start < 26 + 2 * entries) return
    file.writeUInt16LE(start, page + 26 + 2 * entry)
    file.writeUInt8(3, page + start)
    file.writeUInt32LE(1, page + start + 4)
    file.writeUInt32LE(file.length, page + start + 8)
  }
}

const hostile: readonly (readonly [path: string, content: string | Buffer, reason: RegExp])[] = [
  ['var/lib/dpkg/status', GARBAGE, /no name and version|within a record/],
  ['var/lib/dpkg/status', 'Package: half\nVersion: 1.0', /ends within a record/],
  ['var/lib/dpkg/status', `Package: ${'x'.repeat(2 << 20)}\nVersion: 1\n\n`, /longer than 1 MiB/],
  ['var/lib/dpkg/status', 'Package: \u001b[31mred\nVersion: 1\n\n', /no name and version/],
  ['lib/apk/db/installed', 'P:\nV:\n\n'.repeat(1000), /1000 of its records have no name/],
  ['var/lib/rpm/rpmdb.sqlite', GARBAGE, /not an SQLite file/],
  ['var/lib/rpm/rpmdb.sqlite', rpmdb.subarray(0, 5000), /ends before one of its pages/],
  ['var/lib/rpm/rpmdb.sqlite', LOOP, /cycle/],
  ['var/lib/rpm/rpmdb.sqlite', sqliteOf([0]), /1 of its packages have no readable header/],
  ['var/lib/rpm/rpmdb.sqlite', sqliteOf(Array(200).fill(0)), /more than 64 columns/],
  ['var/lib/rpm/rpmdb.sqlite', sqliteOf([1000], { cells: 1500 }), /rows are larger than the file/],
  ['var/lib/rpm/rpmdb.sqlite', sqliteOf([60 << 20]), /rows are larger than the file/],
  ['var/lib/rpm/Packages.db', ndbOf(1), /1 of its packages have no readable header/],
  ['var/lib/rpm/Packages.db', ndbOf(100), /packages are larger than the file/],
  ['var/lib/rpm/rpmdb.sqlite-wal', 'x', /write-ahead log/],
  ['var/lib/rpm/Packages', GARBAGE, /not a hash database of Berkeley DB/],
  ['var/lib/rpm/Packages', 'x', /not a Berkeley DB/],
  ['var/lib/rpm/Packages', berkeley((file) => file.writeUInt8(1, 24)), /encrypted/],
  ['var/lib/rpm/Packages', berkeley((file) => file.writeUInt32LE(3, 20)), /pages of 3 bytes/],
  ['var/lib/rpm/Packages', berkeley((file) => file.writeUInt32LE(2 ** 31, 20)), /pages of 2147483648 bytes/],
  ['var/lib/rpm/Packages', berkeley(overflowPages((file, page) => file.writeUInt8(13, page + 25))), /damaged/],
  [
    'var/lib/rpm/Packages',
    berkeley(overflowPages((file, page) => file.writeUInt32LE(page / 4096, page + 16))),
    /damaged/,
  ],
  [
    'var/lib/rpm/Packages',
    berkeley(overflowPages((file, page) => file.writeUInt32LE(2 ** 32 - 1, page + 16))),
    /damaged/,
  ],
  ['var/lib/rpm/Packages', berkeley(overflowPages((file, page) => file.writeUInt16LE(0, page + 22))), /damaged/],
  ['var/lib/rpm/Packages', berkeley(overflowPages((file, page) => file.writeUInt16LE(0xffff, page + 22))), /damaged/],
  ['var/lib/rpm/Packages', berkeley(hashPages((file, page) => file.fill(0xff, page + 26, page + 60))), /damaged/],
  ['var/lib/rpm/Packages', berkeley(hashPages((file, page) => file.fill(0, page + 26, page + 60))), /damaged/],
  ['var/lib/rpm/Packages', berkeley(hashPages(claimTheWholeFile)), /packages are larger than the file/],
  ['var/lib/rpm/Packages.db', GARBAGE, /not an ndb database/],
  ['a/node_modules/b/package.json', '{"name":"b","version":', /not JSON/],
  ['a/node_modules/b/package.json', `{"a":${'['.repeat(100_000)}`, /not JSON/],
  ['a/node_modules/b/package.json', '{"name":"b\\u0000","version":"1"}', /no name and version/],
  ['a/node_modules/b/package.json', '{"name":"\\ud800","version":"1"}', /no name and version/],
  ['x.dist-info/METADATA', GARBAGE, /no name and version/],
  ['Cargo.lock', '[[package]\n', /not TOML/],
  ['bin/go', elfFile({ '.go.buildinfo': GARBAGE }), /Go build information is damaged/],
  [
    'bin/go',
    elfFile({
      '.go.buildinfo': Buffer.from(`\xff Go buildinf:\x08\x02${'\0'.repeat(16)}\xff\xff\xff\xff\xff\xff`, 'latin1'),
    }),
    /damaged/,
  ],
  ['bin/rust', elfFile({ '.dep-v0': GARBAGE }), /list of crates is damaged/],
  ['bin/rust', elfFile({ '.dep-v0': deflateSync(Buffer.alloc(20 << 20)) }), /list of crates is damaged/],
  ['bin/elf', elfFile({ '.dep-v0': GARBAGE }).subarray(0, 100_000), /outside of the file/],
]

test.each(hostile)(
  'damage in %s is reported in the document and does not stop the scan (%#)',
  async (path, content, reason) => {
    const good = { 'app/node_modules/good/package.json': '{"name":"good","version":"1.0.0"}' }
    const inventory = await inventoryOf(treeOf({ ...good, [path]: content }))
    expect(purlsOf(inventory)).toContain('pkg:npm/good@1.0.0')
    expect(inventory.unread).toContainEqual({ path: `/${path}`, reason: expect.stringMatching(reason) })
    expect(JSON.stringify(inventory)).not.toContain('\\u001b')
  },
)

test('a long run of blanks in os-release does not hide other fields', () => {
  const blanks = ' '.repeat(60_000)
  expect(parseOsRelease(Buffer.from(`PRETTY_NAME=a${blanks}b\n\tID="x" \r\n`))).toMatchObject({ id: 'x' })
})

test('a database truncated at any length is read or reported', async () => {
  for (let end = 0; end < rpmdb.length; end += 9001) {
    const inventory = await inventoryOf(treeOf({ 'var/lib/rpm/rpmdb.sqlite': rpmdb.subarray(0, end) }))
    expect(inventory.packages.length === 2 || inventory.unread.length > 0).toBe(true)
  }
})

test('a Berkeley DB that is truncated, or has any byte changed, is read or reported, and never loops', () => {
  const read = (bytes: Buffer) => [...blobsOfBerkeleyDb(bytes, () => {})].reduce((sum, { length }) => sum + length, 0)
  for (let end = 0; end < packages.length; end += 97) expect(read(packages.subarray(0, end))).toBeLessThanOrEqual(end)
  for (let at = 0; at < packages.length; at += 13) {
    for (const byte of [0, 1, 0x7f, 0xff]) {
      const changed = berkeley((file) => file.writeUInt8(byte, at))
      expect(read(changed)).toBeLessThanOrEqual(packages.length)
    }
  }
})

test('links are not followed out of the tree to a database', async () => {
  const outside = treeOf({ status: 'Package: secret\nVersion: 1\n\n' })
  const tree = treeOf({ 'var/lib/dpkg/other': '' })
  symlinkSync(join(outside, 'status'), join(tree, 'var/lib/dpkg/status'))
  expect(await inventoryOf(tree)).toEqual({
    packages: [],
    unread: [{ path: '/var/lib/dpkg/status', reason: 'it is not a regular file' }],
  })
})

test('a database of a gigabyte is not read into memory', async () => {
  const tree = treeOf({ 'var/lib/dpkg/status': '', 'a/node_modules/b/package.json': '{"name":"b","version":"1.0.0"}' })
  truncateSync(join(tree, 'var/lib/dpkg/status'), 1 << 30)
  writeFileSync(join(tree, 'var/lib/dpkg/available'), '')
  const inventory = await inventoryOf(tree)
  expect(purlsOf(inventory)).toEqual(['pkg:npm/b@1.0.0'])
  expect(inventory.unread).toEqual([
    { path: '/var/lib/dpkg/status', reason: expect.stringMatching(/1073741824 bytes/) },
  ])
})
