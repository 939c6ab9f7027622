import type { HistoryEntry, ImageConfig } from '../../image-spec/index.ts'
import type { Image } from '../../layer-store/index.ts'
import { splitEntry } from '../../notation/index.ts'
import { type ComparedFile, type ListParts, listFiles } from './list-files.ts'

export interface ImageDifference {
  readonly layers: { readonly shared: number; readonly onlyBefore: number; readonly onlyAfter: number }
  readonly config: readonly ConfigChange[]
  readonly history: { readonly removed: readonly HistoryEntry[]; readonly added: readonly HistoryEntry[] }
  /** Sorted by decreasing size difference. */
  readonly files: readonly FileChange[]
}

export interface ConfigChange {
  /** `Cmd`, `Env.PATH`, `Labels.version`. */
  readonly field: string
  readonly before?: string
  readonly after?: string
}

export interface FileChange {
  readonly path: string
  readonly kind: 'added' | 'changed' | 'removed'
  /** Absent if the file does not exist. */
  readonly beforeBytes?: number
  readonly afterBytes?: number
  /** Which properties differ: content, mode, owner, attributes, type, device. */
  readonly aspects: readonly string[]
}

/** Compares two images of the store. */
export async function compareImages(
  parts: ListParts,
  { before, after }: { readonly before: Image; readonly after: Image },
  signal?: AbortSignal,
): Promise<ImageDifference> {
  const shared = commonStart(before.chain, after.chain, (one, other) => one === other)
  const isSame = shared === before.chain.length && shared === after.chain.length
  return {
    layers: { shared, onlyBefore: before.chain.length - shared, onlyAfter: after.chain.length - shared },
    config: compareConfigs(before.config, after.config),
    history: compareHistories(before.config.history ?? [], after.config.history ?? []),
    files: isSame
      ? []
      : compareFiles(await listFiles(parts, before.chain, signal), await listFiles(parts, after.chain, signal)),
  }
}

function compareConfigs(before: ImageConfig, after: ImageConfig): readonly ConfigChange[] {
  const [old, young] = [fieldsOf(before), fieldsOf(after)]
  const names = [...new Set([...old.keys(), ...young.keys()])].sort()
  return names.flatMap((field) => {
    const [one, other] = [old.get(field), young.get(field)]
    if (one === other) return []
    return [{ field, ...(one !== undefined && { before: one }), ...(other !== undefined && { after: other }) }]
  })
}

/** One entry per variable, label, port and volume; creation times are omitted. */
function fieldsOf({ os, architecture, variant, author, config = {} }: ImageConfig): ReadonlyMap<string, string> {
  const fields = new Map([['Platform', [os, architecture, variant].filter(Boolean).join('/')]])
  if (author !== undefined) fields.set('Author', author)
  for (const [key, value] of Object.entries(config)) {
    if (value === undefined) continue
    if (key === 'Env' && Array.isArray(value)) {
      for (const variable of value as readonly string[]) {
        const [name, text] = splitEntry(variable)
        fields.set(`Env.${name}`, text)
      }
    } else if (key === 'Labels' || key === 'ExposedPorts' || key === 'Volumes') {
      for (const [name, one] of Object.entries(value)) fields.set(`${key}.${name}`, asText(one))
    } else fields.set(key, asText(value))
  }
  return fields
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The entries between the common prefix and suffix. */
function compareHistories(before: readonly HistoryEntry[], after: readonly HistoryEntry[]): ImageDifference['history'] {
  const isSame = (one: HistoryEntry, other: HistoryEntry) =>
    one.created_by === other.created_by && one.comment === other.comment
  const start = commonStart(before, after, isSame)
  const [old, young] = [before.slice(start), after.slice(start)]
  const end = commonStart(old.toReversed(), young.toReversed(), isSame)
  return { removed: old.slice(0, old.length - end), added: young.slice(0, young.length - end) }
}

function commonStart<T>(one: readonly T[], other: readonly T[], isSame: (one: T, other: T) => boolean): number {
  const end = one.findIndex((item, position) => {
    const match = other[position]
    return match === undefined || !isSame(item, match)
  })
  return end < 0 ? one.length : end
}

type Files = ReadonlyMap<string, ComparedFile>

function compareFiles(before: Files, after: Files): readonly FileChange[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  const changes = [...paths].flatMap((path): readonly FileChange[] => {
    const [old, young] = [before.get(path), after.get(path)]
    if (old === undefined)
      return young === undefined ? [] : [{ path, kind: 'added', afterBytes: young.sizeBytes, aspects: [] }]
    if (young === undefined) return [{ path, kind: 'removed', beforeBytes: old.sizeBytes, aspects: [] }]
    const aspects = aspectsOf(old, young)
    if (aspects.length === 0) return []
    return [{ path, kind: 'changed', beforeBytes: old.sizeBytes, afterBytes: young.sizeBytes, aspects }]
  })
  const weight = (change: FileChange) => Math.abs(sizeDelta(change))
  return changes.sort((one, other) => weight(other) - weight(one) || (one.path < other.path ? -1 : 1))
}

function sizeDelta({ beforeBytes = 0, afterBytes = 0 }: FileChange): number {
  return afterBytes - beforeBytes
}

function aspectsOf(before: ComparedFile, after: ComparedFile): readonly string[] {
  if (before.type !== after.type) return ['type']
  const names = new Set([...Object.keys(before.facts), ...Object.keys(after.facts)])
  return [...names].filter((name) => before.facts[name] !== after.facts[name])
}
