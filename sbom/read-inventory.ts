import type { FileHandle } from 'node:fs/promises'
import { open, rm } from 'node:fs/promises'
import type { LayerForm } from '../layer-store/index.ts'
import type { TreeWork } from '../sandbox-native/driver/index.ts'
import { apk } from './databases/apk.ts'
import { cargoAuditable, cargoLock } from './databases/cargo.ts'
import type { Database } from './databases/database.ts'
import { dpkg } from './databases/dpkg.ts'
import { go } from './databases/go.ts'
import { npm } from './databases/npm.ts'
import { pip } from './databases/pip.ts'
import { rpm } from './databases/rpm/rpm.ts'
import { parseOsRelease } from './distribution.ts'
import type { Distribution, Inventory, Package, Unread } from './package.ts'
import { purlOf } from './purl.ts'

const DATABASES: readonly Database[] = [dpkg, apk, rpm, npm, pip, go, cargoAuditable, cargoLock]
const OS_RELEASE = ['/etc/os-release', '/usr/lib/os-release']

/** SECURITY: an image may have a file of any size at a database's path. */
const MAX_FILE_BYTES = 256 << 20
const MAX_TOTAL_BYTES = 1 << 30
const MAX_PACKAGES = 200_000
const MAX_UNREAD = 1000

export interface ImageTree {
  readonly trees: Pick<TreeWork, 'readFiles'>
  /** Top first. */
  readonly layers: readonly LayerForm[]
  /** Temporary path for assembling the files; removed afterwards. */
  readonly temporaryPath: string
}

/** The packages of an image's final filesystem. */
export async function readInventory(tree: ImageTree, signal?: AbortSignal): Promise<Inventory> {
  const { trees, layers, temporaryPath } = tree
  const patterns = [...OS_RELEASE.map((path) => path.slice(1)), ...DATABASES.flatMap((database) => database.patterns)]
  const limits = { maxFileBytes: MAX_FILE_BYTES, maxTotalBytes: MAX_TOTAL_BYTES }
  const sections = DATABASES.flatMap(({ section }) => section ?? [])
  try {
    const request = { layers, patterns, sections, output: temporaryPath, ...limits }
    const { files, unread } = await trees.readFiles(request, signal)
    const output = await open(temporaryPath, 'r')
    try {
      return await inventoryOf(output, files, unread.filter(isMissed))
    } finally {
      await output.close()
    }
  } finally {
    await rm(temporaryPath, { force: true })
  }
}

/** Links can be skipped: their targets are selected under their own names. */
function isMissed({ path, reason }: Unread): boolean {
  return !OS_RELEASE.includes(path) && !(reason === 'it is not a regular file' && path.includes('/node_modules/'))
}

type FoundFile = Awaited<ReturnType<TreeWork['readFiles']>>['files'][number]

async function inventoryOf(
  output: FileHandle,
  files: readonly FoundFile[],
  missed: readonly Unread[],
): Promise<Inventory> {
  const distribution = await distributionOf(output, files)
  const collected = new Map<string, Collected>()
  const unread = [...missed]
  for (const file of files) {
    const database = DATABASES.find((one) => (file.section ? one.section === file.section : one.files?.test(file.path)))
    if (database === undefined) continue
    const note = (reason: string) => void unread.push({ path: file.path, reason })
    const bytes = await bytesOf(output, file)
    for (const one of database.read({ path: file.path, bytes, distribution }, note)) {
      if (collected.size >= MAX_PACKAGES) {
        note(`the image has more than ${MAX_PACKAGES} packages`)
        break
      }
      const purl = purlOf(one)
      const known = collected.get(purl)
      if (known === undefined) collected.set(purl, { first: one, locations: new Set(one.locations) })
      else for (const location of one.locations) known.locations.add(location)
    }
  }
  return {
    ...(distribution && { distribution }),
    packages: [...collected].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, one]) => merged(one)),
    unread: shortened(unread.sort((one, other) => (one.path < other.path ? -1 : 1))),
  }
}

interface Collected {
  readonly first: Package
  /** Locations of all packages with this package URL. */
  readonly locations: Set<string>
}

function merged({ first, locations }: Collected): Package {
  return { ...first, locations: [...locations].sort() }
}

async function distributionOf(output: FileHandle, files: readonly FoundFile[]): Promise<Distribution | undefined> {
  for (const path of OS_RELEASE) {
    const file = files.find((one) => one.path === path)
    const parsed = file && parseOsRelease(await bytesOf(output, file))
    if (parsed !== undefined) return parsed
  }
  return undefined
}

async function bytesOf(output: FileHandle, { offset, sizeBytes }: FoundFile): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes)
  await output.read(bytes, 0, sizeBytes, offset)
  return bytes
}

function shortened(unread: readonly Unread[]): readonly Unread[] {
  if (unread.length <= MAX_UNREAD) return unread
  const more = unread.length - MAX_UNREAD
  return [...unread.slice(0, MAX_UNREAD), { path: '/', reason: `${more} more files could not be read` }]
}
