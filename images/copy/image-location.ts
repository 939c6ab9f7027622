import type { Digest, ImageReference } from '../../image-spec/index.ts'

/** Source or destination of a copy. SPEC: containers-transports(5) */
export type ImageLocation =
  | { readonly kind: 'registry'; readonly reference: ImageReference }
  | ({ readonly kind: 'oci' } & LayoutLocation)
  | ({ readonly kind: 'oci-archive' } & LayoutLocation)
  | { readonly kind: 'docker-archive'; readonly path: string; readonly reference?: ImageReference }
  | { readonly kind: 'store'; readonly name: string }

/** An image in a layout, which is a directory or an archive. */
export interface LayoutLocation {
  readonly path: string
  readonly tag?: string
  readonly digest?: Digest
}
