/** A parsed shell word. */
export type WordPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** Text protected by the escape character; `raw` includes it. */
  | { readonly kind: 'escaped'; readonly text: string; readonly raw: string }
  | { readonly kind: 'single-quoted'; readonly text: string }
  | { readonly kind: 'double-quoted'; readonly parts: readonly WordPart[] }
  | { readonly kind: 'variable'; readonly name: string; readonly raw: string }
  | { readonly kind: 'braced'; readonly name: string; readonly operation: BraceOperation }

export type BraceOperation =
  | { readonly kind: 'plain' }
  /** `:-`, `-`, `:+`, `+`, `:?`, `?`. */
  | { readonly kind: 'value'; readonly operator: string; readonly word: readonly WordPart[] }
  /** `#`, `##`, `%`, `%%`: a doubled operator's second character is the first of the word. */
  | { readonly kind: 'trim'; readonly operator: string; readonly word: readonly WordPart[] }
  /** `/`, `//`. */
  | {
      readonly kind: 'replace'
      readonly operator: string
      readonly pattern: readonly WordPart[]
      readonly replacement: readonly WordPart[]
    }
