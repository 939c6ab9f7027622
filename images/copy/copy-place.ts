import type { Digest, ImageReference } from '../../image-spec/index.ts'

/** Source or destination of a copy. SPEC: containers-transports(5) */
export type CopyPlace =
  | { readonly kind: 'registry'; readonly reference: ImageReference }
  | ({ readonly kind: 'oci' } & LayoutPlace)
  | ({ readonly kind: 'oci-archive' } & LayoutPlace)
  | { readonly kind: 'docker-archive'; readonly path: string; readonly reference?: ImageReference }
  | { readonly kind: 'store'; readonly name: string }

/** An image in a layout, which is a directory or an archive. */
export interface LayoutPlace {
  readonly path: string
  readonly tag?: string
  readonly digest?: Digest
}
