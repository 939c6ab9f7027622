import type { Operation } from '../plan/graph/operation.ts'
import type { Material } from './material.ts'

/** What an image, or an output of files, was made of and how: nothing is left out yet but secrets and proxies. */
export interface Provenance {
  /** `linux/arm64`. */
  readonly platform: string
  readonly source: { readonly name: string; readonly text: string }
  /** Of the build context, where it came from elsewhere. */
  readonly context?: Material
  /** Base images, repositories and downloads, each once. */
  readonly materials: readonly Material[]
  /** As BuildKit names them: `target`, `no-cache`, `build-arg:NAME`, `label:NAME`. */
  readonly parameters: Readonly<Record<string, string>>
  /** Names of directories that came from the caller. */
  readonly locals: readonly string[]
  readonly secrets: readonly SecretMount[]
  readonly ssh: readonly SecretMount[]
  /** Inputs come before users; they are positions in this list. */
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

/** What a step may use and no layer holds. */
export interface SecretMount {
  readonly id: string
  readonly optional: boolean
}

export interface PredicateOptions {
  /** `max` adds build arguments, labels, secrets' IDs and every step. */
  readonly mode: 'min' | 'max'
  /** Of the predicate. Default `v0.2`. */
  readonly version?: 'v0.2' | 'v1'
  /** Default: this program with its version. */
  readonly builderId?: string
}
