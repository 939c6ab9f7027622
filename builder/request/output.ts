import type { Annotation } from '../../images/index.ts'
import type { CompressionAlgorithm } from '../../layer-store/index.ts'

/** Compression of layers in an image output. */
export interface OutputCompression {
  /** Default gzip. */
  readonly compression?: CompressionAlgorithm
  readonly compressionLevel?: number
  /** Also recompress known layers with another compression or level. */
  readonly forceCompression?: boolean
}

/** How an output writes an image. */
export interface ImageForm extends OutputCompression {
  /** `docker` is for registries and tools without OCI support; default `oci`. */
  readonly mediaTypes?: 'oci' | 'docker'
  /** False: attestations are image manifests, as before OCI artifacts. */
  readonly ociArtifact?: boolean
  /** The request's annotations take precedence. */
  readonly annotations?: readonly Annotation[]
}

/** What all outputs accept. */
export interface OutputTimes {
  /** Clamp the times of files that the build created to `epochSeconds`. */
  readonly rewriteTimestamp?: boolean
  /** Default: the request's `sourceDateEpoch`. */
  readonly epochSeconds?: number
}

export type Output = OutputTimes & OutputKind

type OutputKind =
  /** Stores the image under the request's tags; `push` also pushes it. */
  | (ImageForm & {
      readonly type: 'image'
      readonly push?: boolean
      /** The pushed image is found only by its digest, and gets no tag in the store. */
      readonly pushByDigest?: boolean
    })
  | (ImageForm & {
      readonly type: 'oci' | 'docker'
      readonly destination: string
      readonly tar: boolean
    })
  | {
      readonly type: 'tar' | 'local'
      readonly destination: string
      /** Write each platform to its own directory, such as `linux_arm64`; default with several platforms. */
      readonly platformSplit?: boolean
      /** The directory of the image whose content is written; default all of it. */
      readonly source?: string
      /** What the names of attestations begin with. */
      readonly attestationPrefix?: string
      /** Delete the previous content of the directory. */
      readonly replacesDirectory?: boolean
    }
