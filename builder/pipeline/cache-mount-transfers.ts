import type { CacheMountExports } from '../finish/export-cache-mounts.ts'
import { nodesOf } from '../plan/graph/nodes-of.ts'
import type { BuildRequest } from '../request/builder.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { importCacheMounts } from '../run/import-cache-mounts.ts'
import type { ImportedMounts } from '../run/runners/step-context.ts'
import { cachesToEmpty } from './run-plan.ts'

type CacheMountWork = Pick<CacheMountExports, 'plans' | 'emit'> & { readonly request: BuildRequest }

/** Undefined if nothing is imported. */
export function importedMountsFor(
  tools: BuildTools,
  { request: { cacheMountsFrom: sources = [] }, plans, emit }: CacheMountWork,
  signal: AbortSignal,
): ImportedMounts | undefined {
  if (sources.length === 0) return undefined
  const warn = (message: string) =>
    emit({ kind: 'warning', warning: { code: 'CacheImportFailed', message }, atMs: Date.now() })
  return importCacheMounts(tools, { sources, emptied: cachesToEmpty(nodesOf(plans)), warn, signal })
}

export async function writeCacheMounts(tools: BuildTools, work: CacheMountWork, signal: AbortSignal): Promise<void> {
  if (work.request.cacheMountsTo === undefined || work.request.cacheMountsTo.length === 0) return
  const { exportCacheMounts } = await import('../finish/export-cache-mounts.ts')
  await exportCacheMounts(tools, work, signal)
}
