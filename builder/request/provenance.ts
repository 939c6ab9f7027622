import type { Operation } from '../plan/graph/operation.ts'
import type { ContextMaterial, Material } from './material.ts'

/** What an image or file output was built from, and how. Complete except for secrets and proxies. */
export interface Provenance {
  /** `linux/arm64`. */
  readonly platform: string
  readonly source: { readonly name: string; readonly text: string }
  /** The build context, if it is remote. */
  readonly context?: ContextMaterial
  /** Base images, repositories and downloads, without duplicates. */
  readonly materials: readonly Material[]
  /** BuildKit's names: `target`, `no-cache`, `build-arg:NAME`, `label:NAME`. */
  readonly parameters: Readonly<Record<string, string>>
  /** Names of the caller's directories. */
  readonly locals: readonly string[]
  readonly secrets: readonly SecretMount[]
  readonly ssh: readonly SecretMount[]
  /** Inputs come before users and are indexes into this list. */
  readonly steps: readonly {
    readonly operation: Operation
    readonly name: string
    readonly inputs: readonly number[]
  }[]
  readonly invocationId: string
  /** RFC 3339. */
  readonly startedAt: string
  readonly finishedAt: string
}

/** A secret that a step may use and no layer contains. */
export interface SecretMount {
  readonly id: string
  readonly optional: boolean
}

export interface PredicateOptions {
  /** `max` adds build arguments, labels, secret IDs and every step. */
  readonly mode: 'min' | 'max'
  /** Version of the predicate. Default `v0.2`. */
  readonly version?: 'v0.2' | 'v1'
  /** Default: this program and its version. */
  readonly builderId?: string
  /** What the caller states; nothing verifies it. */
  readonly reproducible?: boolean
}

export interface ProvenanceAttestation extends PredicateOptions {
  /** Of outputs of files; default `provenance.json`. */
  readonly fileName?: string
  /** Outputs of files are written without it, and archives of an image that has an index for nothing else. */
  readonly inlineOnly?: boolean
}
