import type { Digest } from '../layer-store/index.ts'

/** A reference normalised by Docker's rules: host and repository are always there. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`, `harbor.example.com`. */
  readonly host: string
  /** `library/busybox`. */
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}
// parseReference(text): ImageReference           throws RegistryError REGISTRY_BAD_REFERENCE; adds `latest` only by withDefaultTag()
// fullName(reference): string                    docker.io/library/busybox:latest
// familiarName(reference): string                busybox:latest
