/** A parsed template. SPEC: Go text/template, without define, template and block. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  | { readonly kind: 'if' | 'with'; readonly pipeline: Pipeline; readonly body: Block; readonly otherwise: Block }
  | {
      readonly kind: 'range'
      /** `$i, $e := …`: the last one is the element. */
      readonly variables: readonly string[]
      readonly pipeline: Pipeline
      readonly body: Block
      readonly otherwise: Block
    }
  | { readonly kind: 'break' | 'continue' }

export type Block = readonly TemplateNode[]

export interface Pipeline {
  /** `$x := …` or `$x = …`: prints nothing. */
  readonly assigns?: { readonly variable: string; readonly declares: boolean }
  /** Each gets the previous one's value as its last argument. */
  readonly commands: readonly (readonly Operand[])[]
}

export type Operand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** `.`, `.A.B`: from the current value. */
  | { readonly kind: 'field'; readonly path: readonly string[] }
  /** `$`, `$x.A`. */
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  /** `(…).A`. */
  | { readonly kind: 'group'; readonly pipeline: Pipeline; readonly path: readonly string[] }
