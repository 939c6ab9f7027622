import { messageOf } from '../../errors/index.ts'
import { present } from '../../image-spec/index.ts'
import { writeCache } from '../../images/index.ts'
import type { BuildEvent, BuildRequest, CacheExport } from '../request/builder.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { lostLayerOf } from '../run/lost-layer.ts'
import { chainOf } from '../run/runners/step-value.ts'
import { entriesOf, type PortableStep, portableSteps, type SolvedNodes } from './portable-steps.ts'

export interface CacheExports extends SolvedNodes {
  readonly request: BuildRequest
  /** Digests of the nodes whose layers are part of the result. */
  readonly kept: ReadonlySet<string>
  readonly emit: (event: BuildEvent) => void
}

/** Writes each requested cache, shown as a step. */
export async function exportCaches(tools: BuildTools, exports: CacheExports, signal: AbortSignal): Promise<void> {
  const { request, emit } = exports
  const steps = await portableSteps(tools.store, exports, signal)
  for (const [position, destination] of (request.cacheTo ?? []).entries()) {
    const step = `cache ${position}`
    emit({
      kind: 'planned',
      steps: [{ id: step, name: `exporting cache to ${destination.location.type}`, inputs: [] }],
      atMs: Date.now(),
    })
    emit({ kind: 'step-started', step, atMs: Date.now() })
    try {
      await exportTo(tools, { ...exports, steps, destination }, signal)
      emit({ kind: 'step-done', step, atMs: Date.now() })
    } catch (error) {
      const message = messageOf(error)
      if (signal.aborted || lostLayerOf(error) !== undefined) throw error
      emit({ kind: 'step-failed', step, message, atMs: Date.now() })
      if (!destination.ignoreError) throw error
      emit({ kind: 'warning', warning: { code: 'CacheExportFailed', message }, atMs: Date.now() })
    }
  }
}

interface PlannedExport extends CacheExports {
  readonly steps: readonly PortableStep[]
  readonly destination: CacheExport
}

async function exportTo(tools: BuildTools, { steps, destination, kept, request }: PlannedExport, signal: AbortSignal) {
  const backend = await tools.caches.open(destination.location)
  const layers = new Map(
    steps.flatMap(({ node, diffId, solved }) => {
      const id = solved.record?.layer
      if (id === undefined || diffId === undefined || (destination.mode === 'min' && !kept.has(node.digest))) return []
      return [[diffId, { id, diffId, chain: () => chainOf(solved) }]]
    }),
  )
  const compression = {
    algorithm: destination.compression ?? ('gzip' as const),
    ...present('level', destination.compressionLevel),
    mediaTypes: 'oci' as const,
    keepsKnown: !destination.forceCompression,
  }
  const near = request.tags ?? []
  await writeCache(
    { store: tools.store, backend, entries: entriesOf(steps), layers: [...layers.values()], compression, near },
    signal,
  )
}
