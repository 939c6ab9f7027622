import { describeTree, flatten, type Tree } from './flatten.ts'
import { readTar, type TarEntry } from './read-tar.ts'

/** The result of a build: everything that must be the same with any builder. The format of `expected.json`. */
export type Outcome = Built | Refused

export interface Built {
  readonly layers: number
  /** The image configuration without times, layers, history and empty fields. */
  readonly config: Fields
  readonly history: readonly Fields[]
  /** Differences from the base image: path → description, or `gone`. */
  readonly files: Readonly<Record<string, string>>
}

export interface Refused {
  readonly refused: true
  /** For readers only: the wording may differ. */
  readonly message?: string
}

export type Fields = Readonly<Record<string, unknown>>

interface Manifest {
  readonly Config: string
  readonly Layers: readonly string[]
}

/** Reads the archives of `docker save` and of `-o type=docker`. */
export class ArchiveReader {
  readonly #baseDiffId: string
  readonly #baseLayer: readonly TarEntry[]
  readonly #baseLines: ReadonlyMap<string, string>

  /** Accepts the archive of the base image. */
  constructor(base: Buffer) {
    const { config, layers } = open(base)
    const [layer] = layers
    if (layer === undefined) throw new Error('the base image has no layer')
    this.#baseDiffId = diffIdsOf(config)[0] ?? ''
    this.#baseLayer = readTar(layer)
    this.#baseLines = describeTree(flatten([this.#baseLayer]))
  }

  read(archive: Buffer): Built {
    const { config, layers } = open(archive)
    const { created: _created, rootfs: _rootfs, history, ...rest } = config
    const entries = layers.map((layer, position) =>
      diffIdsOf(config)[position] === this.#baseDiffId ? this.#baseLayer : readTar(layer),
    )
    const isOnBase = diffIdsOf(config)[0] === this.#baseDiffId
    return {
      layers: layers.length,
      config: withoutEmpty(rest),
      history: Array.isArray(history) ? history.map(({ created: _, ...entry }) => withoutEmpty(entry)) : [],
      files: this.#describe(flatten(entries), isOnBase),
    }
  }

  #describe(tree: Tree, isOnBase: boolean): Record<string, string> {
    const lines = describeTree(tree)
    if (!isOnBase) return Object.fromEntries(lines)
    const changed = [...lines].filter(([path, line]) => this.#baseLines.get(path) !== line)
    const gone = [...this.#baseLines.keys()].filter((path) => !lines.has(path)).map((path) => [path, 'gone'])
    return Object.fromEntries([...changed, ...gone].sort())
  }
}

function open(archive: Buffer): { config: Fields; layers: readonly Buffer[] } {
  const entries = new Map(readTar(archive).map((entry) => [entry.path, entry]))
  const content = (path: string): Buffer => {
    const entry = entries.get(path)
    if (entry === undefined) throw new Error(`the archive has no "${path}"`)
    return entry.type === '2' ? content(entry.link.replace(/^\.\.\//, '')) : entry.content
  }
  const [manifest] = JSON.parse(content('manifest.json').toString()) as readonly Manifest[]
  if (manifest === undefined) throw new Error('the archive holds no image')
  return { config: JSON.parse(content(manifest.Config).toString()), layers: manifest.Layers.map(content) }
}

function diffIdsOf(config: Fields): readonly string[] {
  return (config as { rootfs?: { diff_ids?: readonly string[] } }).rootfs?.diff_ids ?? []
}

/** Go writes some empty fields as null or "", and omits others, with the same meaning. */
function withoutEmpty(fields: object): Fields {
  const kept = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]): [string, unknown] => [key, key === 'config' ? withoutEmpty(value) : value])
  return Object.fromEntries(kept.sort(([left], [right]) => (left < right ? -1 : 1)))
}
