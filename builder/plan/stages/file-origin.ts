import type { NamedContext } from '../graph/build-plan.ts'
/** Where files come from: what FROM, `COPY --from` and `--mount=from=` name. */
export type FileOrigin =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: string; readonly suggestion?: string }
  | { readonly kind: 'context'; readonly name: string; readonly context: Exclude<NamedContext, { kind: 'image' }> }
