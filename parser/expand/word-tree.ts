/** A shell word, understood. */
export type WordPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** What the escape character protects; `raw` holds it, too. */
  | { readonly kind: 'escaped'; readonly text: string; readonly raw: string }
  | { readonly kind: 'single-quoted'; readonly text: string }
  | { readonly kind: 'double-quoted'; readonly parts: readonly WordPart[] }
  | { readonly kind: 'variable'; readonly name: string; readonly raw: string }
  | { readonly kind: 'braced'; readonly name: string; readonly operation: BraceOperation }

export type BraceOperation =
  | { readonly kind: 'plain' }
  /** `:-`, `-`, `:+`, `+`, `:?`, `?`. */
  | { readonly kind: 'value'; readonly operator: string; readonly word: readonly WordPart[] }
  /** `#`, `##`, `%`, `%%`: doubling is the first character of the word. */
  | { readonly kind: 'trim'; readonly operator: string; readonly word: readonly WordPart[] }
  /** `/`, `//`. */
  | {
      readonly kind: 'replace'
      readonly operator: string
      readonly pattern: readonly WordPart[]
      readonly replacement: readonly WordPart[]
    }
