import type { Binary } from './call-binary.ts'
import { findBinary } from './find-binary.ts'
import { chooseIdMapping } from './id-mapping.ts'
import { createNativeSandbox } from './native-sandbox.ts'
import { createNativeSupervisors } from './native-supervisors.ts'
import { createNativeTrees, probeNative } from './native-trees.ts'
import type { IdMapping } from './protocol.ts'
import type { Native } from './sandbox.ts'

export interface OpenNativeOptions {
  /** Path of the binary; default: findBinary(env). */
  readonly binary?: string
  /** Default: process.env. */
  readonly env?: NodeJS.ProcessEnv
  /** Default: chosen by what this user may do. */
  readonly idMapping?: IdMapping
}

/** Starts nothing. Throws SANDBOX_BINARY_MISSING; a binary of another version is found out by the first request. */
export function openNative(options: OpenNativeOptions = {}): Native {
  const env = options.env ?? process.env
  const binary: Binary = {
    path: options.binary ?? findBinary(env),
    idMapping: options.idMapping ?? chooseIdMapping(env),
    searchPath: env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  }
  return {
    sandbox: createNativeSandbox(binary),
    supervisors: createNativeSupervisors(binary),
    trees: createNativeTrees(binary),
    idMapping: binary.idMapping,
    probe: (directory) => probeNative(binary, directory),
  }
}
