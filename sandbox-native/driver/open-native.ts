import type { Binary } from './call-binary.ts'
import { findBinary } from './find-binary.ts'
import { chooseIdMapping, isInChroot, mayForbidNamespaces } from './id-mapping.ts'
import { createNativeSandbox } from './native-sandbox.ts'
import { createNativeSupervisors } from './native-supervisors.ts'
import { createNativeTrees, probeNative } from './native-trees.ts'
import { mayForbidOverlays } from './overlay-file-systems.ts'
import type { IdMapping } from './protocol.ts'
import type { Isolation, Native } from './sandbox.ts'
import { supervisorsInChroot } from './supervisors-in-chroot.ts'

export interface OpenNativeOptions {
  /** Path of the binary; default: findBinary(env). */
  readonly binary?: string
  /** Default: process.env. */
  readonly env?: NodeJS.ProcessEnv
  /** Default: chosen by what this user may do. */
  readonly idMapping?: IdMapping
  /** Default: namespaces. */
  readonly isolation?: Isolation
  /** Why no command can run. */
  readonly refusal?: string
}

/** Starts nothing. Throws SANDBOX_BINARY_MISSING; a binary of another version is detected by the first request. */
export function openNative(options: OpenNativeOptions = {}): Native {
  const env = options.env ?? process.env
  const binary: Binary = {
    path: options.binary ?? findBinary(env),
    idMapping: options.idMapping ?? chooseIdMapping(env),
    searchPath: env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  }
  const isolation = options.isolation ?? 'namespaces'
  const hasNamespaces = isolation === 'namespaces' || isolation === 'copied-tree'
  return {
    sandbox: createNativeSandbox(binary, isolation),
    supervisors: hasNamespaces ? createNativeSupervisors(binary) : supervisorsInChroot(binary),
    trees: createNativeTrees(binary),
    idMapping: binary.idMapping,
    isolation,
    ...(options.refusal !== undefined && { refusal: options.refusal }),
    probe: (directory) => probeNative(binary, directory),
  }
}

/**
 * Like openNative(), but with copied trees if overlays cannot be mounted, in a plain chroot if nothing better works,
 * and without commands if not even that does. Probes in `directory`, and only if namespaces or overlays may be
 * forbidden; otherwise the IDs decide, and nothing is started.
 */
export async function openNativeByProbing(options: OpenNativeOptions, directory?: string): Promise<Native> {
  const native = openNative(options)
  if (!needsProbing(native.idMapping, directory)) return native
  const { tree, chroot, refusal } = await native.probe(directory)
  if (tree) return openNative({ ...options, isolation: 'copied-tree' })
  const withoutNamespaces = { ...options, idMapping: { kind: 'host' } } as const
  if (chroot) return openNative({ ...withoutNamespaces, isolation: 'chroot' })
  return refusal === undefined ? native : openNative({ ...withoutNamespaces, isolation: 'none', refusal })
}

function needsProbing({ kind }: IdMapping, directory: string | undefined): boolean {
  if ((directory !== undefined && mayForbidOverlays(directory)) || isInChroot()) return true
  return kind !== 'host' && (process.getuid?.() === 0 || mayForbidNamespaces())
}
