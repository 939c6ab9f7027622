import type { Binary } from './call-binary.ts'
import { findBinary } from './find-binary.ts'
import { chooseIdMapping, hasOneId } from './id-mapping.ts'
import { createNativeSandbox } from './native-sandbox.ts'
import { createNativeSupervisors } from './native-supervisors.ts'
import { createNativeTrees, probeNative } from './native-trees.ts'
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
}

/** Starts nothing. Throws SANDBOX_BINARY_MISSING; a binary of another version is found out by the first request. */
export function openNative(options: OpenNativeOptions = {}): Native {
  const env = options.env ?? process.env
  const binary: Binary = {
    path: options.binary ?? findBinary(env),
    idMapping: options.idMapping ?? chooseIdMapping(env),
    searchPath: env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  }
  const isolation = options.isolation ?? 'namespaces'
  return {
    sandbox: createNativeSandbox(binary, isolation),
    supervisors: isolation === 'chroot' ? supervisorsInChroot(binary) : createNativeSupervisors(binary),
    trees: createNativeTrees(binary),
    idMapping: binary.idMapping,
    isolation,
    probe: (directory) => probeNative(binary, directory),
  }
}

/**
 * As openNative(), in a plain chroot where nothing better works. Only root of a container that may not mount is probed:
 * everywhere else the ids decide, and nothing is started. `directory`: where it is tried.
 */
export async function openNativeByProbing(options: OpenNativeOptions, directory?: string): Promise<Native> {
  const native = openNative(options)
  const isRoot = process.getuid?.() === 0
  if (!isRoot || native.idMapping.kind !== 'single' || hasOneId()) return native
  const { chroot } = await native.probe(directory)
  return chroot ? openNative({ ...options, idMapping: { kind: 'host' }, isolation: 'chroot' }) : native
}
