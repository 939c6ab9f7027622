import { type Digest, type HistoryEntry, type ImageConfig, present } from '../../image-spec/index.ts'
import type { PlannedImage } from '../plan/graph/build-plan.ts'

/** What solving added to a planned history entry. */
export interface RanEntry {
  /** Diff IDs of the layers added, bottom first. */
  readonly diffIds: readonly Digest[]
  /** RFC 3339. */
  readonly createdAt?: string
  /** Name of the step. */
  readonly name?: string
}

export interface AssembleRequest {
  readonly image: PlannedImage
  readonly baseDiffIds: readonly Digest[]
  /** RFC 3339, of a base that is a context of this build. */
  readonly baseCreatedAt?: string
  /** One per entry of `image.history`. */
  readonly ran: readonly (RanEntry | undefined)[]
  /** Overrides all timestamps of this build. */
  readonly epochSeconds?: number
}

/**
 * Times are those at which layers were first created: a cached build yields the same image, and an image without layers
 * has no time.
 */
export function assembleConfig(request: AssembleRequest): ImageConfig {
  const { image } = request
  const epoch = request.epochSeconds === undefined ? undefined : timeText(request.epochSeconds * 1000)
  const own = image.history.map((planned, position): HistoryEntry => {
    const ran = request.ran[position]
    const created = epoch ?? (ran && ran.diffIds.length > 0 ? ran.createdAt : undefined)
    return {
      ...(created && { created }),
      created_by: planned.createdBy,
      ...(planned.author && { author: planned.author }),
      comment: planned.comment,
      ...((ran?.diffIds.length ?? 0) === 0 && { empty_layer: true as const }),
    }
  })
  const layers = layersOf(request, epoch)
  const history = withCreatedTimes(withAllLayers([...image.baseHistory, ...own], layers))
  const created = history.at(-1)?.created
  return {
    architecture: image.architecture,
    os: image.os,
    ...present('variant', image.variant),
    ...present('os.version', image['os.version']),
    ...present('os.features', image['os.features']),
    ...(image.author && { author: image.author }),
    config: image.config,
    ...(created && { created }),
    history,
    rootfs: {
      type: 'layers',
      diff_ids: [...request.baseDiffIds, ...request.ran.flatMap((ran) => ran?.diffIds ?? [])],
    },
  }
}

/** History entries for layers, used where the history lacks them. */
function layersOf(request: AssembleRequest, epoch: string | undefined): readonly HistoryEntry[] {
  const { image, baseDiffIds, baseCreatedAt, ran } = request
  const comment = 'buildkit.exporter.image.v0'
  const created = baseCreatedAt && (epoch ?? baseCreatedAt)
  const base = baseDiffIds.map(() => ({ ...(created && { created }), created_by: image.baseTitle, comment }))
  const own = ran.flatMap((entry) => {
    const created = epoch ?? entry?.createdAt
    return (entry?.diffIds ?? []).map(() => ({ ...(created && { created }), created_by: entry?.name ?? '', comment }))
  })
  return [...base, ...own]
}

/**
 * SPEC: BuildKit exporter/containerimage/writer.go, normalizeLayersAndHistory: the history has an entry for each layer,
 * even if the base image has too few or too many.
 */
function withAllLayers(history: readonly HistoryEntry[], layers: readonly HistoryEntry[]): readonly HistoryEntry[] {
  let count = 0
  const known = history.map((entry) => {
    if (entry.empty_layer) return entry
    count += 1
    return count > layers.length ? { ...entry, empty_layer: true as const } : entry
  })
  return [...known, ...layers.slice(count)]
}

/**
 * Entries without a layer get the time of the next new layer, or else of the last one before. As in BuildKit, only
 * layers determine times.
 */
function withCreatedTimes(history: readonly HistoryEntry[]): HistoryEntry[] {
  let time = firstTimeAfterGap(history)
  let isInGap = false
  return history.map((entry) => {
    if (entry.created !== undefined) {
      if (isInGap) time = entry.created
      return entry
    }
    isInGap = true
    return { ...(time && { created: time }), ...entry }
  })
}

function firstTimeAfterGap(history: readonly HistoryEntry[]): string | undefined {
  let time: string | undefined
  let isInGap = false
  for (const { created } of history) {
    if (created === undefined) isInGap = true
    else {
      time = created
      if (isInGap) break
    }
  }
  return time
}

/** SPEC: RFC 3339 as Go, and therefore docker, writes it: no trailing zeros in a fraction, and no zero fraction. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}
