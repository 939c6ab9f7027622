import { type ContainerRecord, type Containers, directorySize, type Volume } from '../container/index.ts'
import { type ImageRecord, type LayerId, type LayerStore, layerSize } from '../layer-store/index.ts'
import { humanSize } from '../notation/index.ts'
import { containerRow, containerTitles } from './containers/container-rows.ts'
import { imageRows, imageTitles } from './images/image-rows.ts'
import { alignColumns } from './output/align-columns.ts'
import type { Row } from './output/format-rows.ts'
import { ago } from './output/times.ts'
import { volumeRow, volumeTitles } from './volumes/describe-volume.ts'

/** The output of `docker system df -v`, with docker's field names for templates. */
export interface DiskUsage {
  readonly Images: readonly Row[]
  readonly Containers: readonly Row[]
  readonly Volumes: readonly Row[]
  readonly BuildCache: readonly Row[]
}

interface Seen {
  readonly store: LayerStore
  readonly images: readonly ImageRecord[]
  readonly containers: readonly ContainerRecord[]
  readonly volumes: readonly Volume[]
  readonly nowMs: number
}

/** All objects of the store with their sizes. */
export async function diskUsage(store: LayerStore, containers: Containers): Promise<DiskUsage> {
  const [images, all, volumes] = await Promise.all([
    store.images.list(),
    containers.list({ all: true, size: true }),
    containers.volumes.list(),
  ])
  const seen: Seen = { store, images, containers: all, volumes, nowMs: Date.now() }
  return {
    Images: await imageUses(seen),
    Containers: all.map((container) => containerUse(seen, container)),
    Volumes: volumes.map((volume) => volumeUse(seen, volume)),
    BuildCache: await cacheUses(seen),
  }
}

/** The sections of docker's text output, each a table below its title. */
export function diskUsageText(usage: DiskUsage, cacheBytes: number): string {
  const table = (rows: readonly Row[], titles: Row, columns: readonly string[]) =>
    alignColumns([titles, ...rows].map((row) => columns.map((column) => row[column]).join('\t')))
  return [
    'Images space usage:\n',
    table(usage.Images, imageTitles, IMAGE_COLUMNS),
    'Containers space usage:\n',
    table(usage.Containers, containerTitles, CONTAINER_COLUMNS),
    'Local Volumes space usage:\n',
    table(usage.Volumes, { ...volumeTitles, Links: 'LINKS', Size: 'SIZE' }, ['Name', 'Links', 'Size']),
    `Build cache usage: ${humanSize(cacheBytes, 4)}\n`,
    table(usage.BuildCache, CACHE_TITLES, Object.keys(CACHE_TITLES)),
  ].join('\n')
}

const IMAGE_COLUMNS = 'Repository Tag ID CreatedSince Size SharedSize UniqueSize Containers'.split(' ')
const CONTAINER_COLUMNS = 'ID Image Command LocalVolumes Size RunningFor Status Names'.split(' ')
const CACHE_TITLES: Row = {
  ID: 'CACHE ID',
  CacheType: 'CACHE TYPE',
  Size: 'SIZE',
  CreatedSince: 'CREATED',
  LastUsedSince: 'LAST USED',
  UsageCount: 'USAGE',
  Shared: 'SHARED',
}

/** Layers of several images count as shared. */
async function imageUses({ store, images, containers, nowMs }: Seen): Promise<readonly Row[]> {
  const owners = new Map<LayerId, number>()
  for (const layer of images.flatMap(({ chain }) => [...new Set(chain)])) {
    owners.set(layer, (owners.get(layer) ?? 0) + 1)
  }
  const rows = images.map(async (image) => {
    const shared = image.chain.filter((layer) => (owners.get(layer) ?? 0) > 1)
    const sharedBytes = (await Promise.all(shared.map((layer) => layerBytes(store, layer)))).reduce(add, 0)
    const uses = {
      SharedSize: humanSize(sharedBytes, 4),
      UniqueSize: humanSize(Math.max(0, image.sizeBytes - sharedBytes), 4),
      Containers: String(containers.filter(({ imageId }) => imageId === image.id).length),
    }
    return imageRows(image, { noTrunc: false, digests: false, nowMs }).map((row) => ({ ...row, ...uses }))
  })
  return (await Promise.all(rows)).flat()
}

/** The size is that of the writable layer. */
function containerUse({ nowMs }: Seen, container: ContainerRecord): Row {
  const row = containerRow(container, { noTrunc: false, nowMs })
  return { ...row, Size: humanSize(container.sizes?.writableBytes ?? 0) }
}

function volumeUse({ containers }: Seen, volume: Volume): Row {
  const links = containers.filter(({ mounts }) => mounts.some(({ name }) => name === volume.name))
  const size = humanSize(directorySize(volume.mountpoint), 4)
  return { ...volumeRow(volume), Links: String(links.length), Size: size }
}

/** A record is shared if its layer also belongs to an image. */
async function cacheUses({ store, images, nowMs }: Seen): Promise<readonly Row[]> {
  const ofImages = new Set(images.flatMap(({ chain }) => chain))
  const rows: Row[] = []
  for await (const { key, record, lastUsedAt, usageCount } of store.cache.list()) {
    const { layer } = record
    rows.push({
      ID: key.replace(/^sha256:/, '').slice(0, 12),
      CacheType: 'regular',
      Description: record.description,
      Size: humanSize(layer === undefined ? 0 : await layerBytes(store, layer), 4),
      CreatedSince: ago(record.createdAt, nowMs),
      LastUsedSince: ago(lastUsedAt, nowMs),
      UsageCount: String(usageCount),
      Shared: String(layer !== undefined && ofImages.has(layer)),
    })
  }
  return rows
}

/** A cache record may outlive its layer. */
async function layerBytes(store: LayerStore, id: LayerId): Promise<number> {
  const layer = await store.layers.get(id).catch(() => undefined)
  return layer === undefined ? 0 : layerSize(layer)
}

function add(one: number, other: number): number {
  return one + other
}
