import { parseGoBool, splitCsv, splitField } from '../../notation/index.ts'
import type { SourceRange } from '../ast.ts'
import type { LintedStage } from '../lint/linted-file.ts'
import { rangeWithHeredocs } from '../source/heredoc.ts'

/** A mount of RUN that needs something from outside the file. */
export interface MountUse {
  readonly type: 'secret' | 'ssh' | 'cache'
  /** ID of the secret, agent or cache. */
  readonly name: string
  readonly required: boolean
  /** Range of the whole RUN, with its heredocs. */
  readonly range: SourceRange
}

/** Secrets, agents and caches mounted by the RUN instructions of a stage. */
export function mountsOf({ steps }: LintedStage): readonly MountUse[] {
  return steps.flatMap(({ instruction, uses }) =>
    instruction.kind === 'run' ? uses.flatMap(({ value }) => mountOf(value, rangeWithHeredocs(instruction))) : [],
  )
}

function mountOf(value: string, range: SourceRange): readonly MountUse[] {
  const fields = new Map((splitCsv(value) ?? []).map(splitField).map(([key, text = '']) => [key, text]))
  const type = fields.get('type')?.toLowerCase()
  const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination') ?? ''
  const id = fields.get('id') ?? ''
  const isRequired =
    fields.has('required') && (fields.get('required') === '' || parseGoBool(fields.get('required') ?? '') === true)
  if (type === 'ssh') return [{ type, name: id || 'default', required: isRequired, range }]
  if (type === 'cache') return [{ type, name: id || target, required: false, range }]
  if (type !== 'secret') return []
  // SPEC: the source is an alias of the ID; without either, it is the last component of the target.
  const name = id || fields.get('source') || fields.get('src') || target.slice(target.lastIndexOf('/') + 1)
  return [{ type, name, required: isRequired, range }]
}
