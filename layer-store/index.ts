/** The only door of the layer store. Knows no Dockerfile and no network. */
export type * from './descriptor.ts'
export { MediaType } from './descriptor.ts'
export type { Digest } from './digest.ts'
export { digestOf, hexOf, isDigest, parseDigest } from './digest.ts'
export type { StoreErrorCode } from './errors.ts'
export { StoreError } from './errors.ts'
export type * from './image-config.ts'
export type * from './layer-store.ts'
// openStore(root: string, trees: StoreTreeWork): Promise<LayerStore>      open-store.ts
// defaultRoot(env, uid): string                                           --root, TSBUILD_ROOT, /var/lib/tsbuild, XDG
