import type { LayerSource } from './sources.ts'

/**
 * Searches layers and texts for values, in the forms in which they get into images (as they are, base64, URL and JSON), and
 * for keys of known forms. Each layer is searched by itself. The answer has places and kinds, never what was found.
 */
export interface ScanSecretsRequest {
  readonly verb: 'scan-secrets'
  readonly layers: readonly LayerSource[]
  readonly texts: readonly string[]
  readonly valuesBase64: readonly string[]
  readonly maxFindings: number
}

export interface ScanSecretsResult {
  readonly findings: readonly {
    /** Positions in the lists of the request. */
    readonly layer?: number
    readonly text?: number
    readonly path?: string
    readonly offset: number
    readonly value?: number
    readonly pattern?: string
    /** The fixed beginning of what a pattern found, such as `ghp_`. */
    readonly shown?: string
  }[]
  readonly findingCount: number
  readonly scannedBytes: number
  readonly unread: readonly UnscannedFile[]
  /** Compressed files of which the first part was searched. */
  readonly cut: readonly UnscannedFile[]
}

interface UnscannedFile {
  readonly layer: number
  readonly path: string
  readonly reason: string
}
