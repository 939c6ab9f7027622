import type { NamedContext } from '../graph/build-plan.ts'
/** Origin of files, as named by FROM, `COPY --from` or `--mount=from=`. */
export type FileOrigin =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: string; readonly suggestion?: string }
  | { readonly kind: 'context'; readonly name: string; readonly context: Exclude<NamedContext, { kind: 'image' }> }
