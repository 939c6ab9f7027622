import { splitCsv } from '../../notation/index.ts'
import type { Flag, SourceRange, StageInstruction, Word } from '../ast.ts'
import { type ExpandOptions, expandWord } from '../expand/expand.ts'

/** A word that the builder expands. */
export interface Use {
  readonly written: string
  readonly value: string
  /** The value split at blanks, for instructions with several words. */
  readonly words: readonly string[]
  readonly range: SourceRange
  /** Names neither set nor declared, once per expansion that looked them up. */
  readonly undefinedNames: readonly string[]
}

export interface InstructionExpansion {
  readonly uses: readonly Use[]
  /** Variables that the instruction sets. */
  readonly sets: readonly (readonly [string, string])[]
  /** Arguments that the instruction declares. */
  readonly declares: readonly string[]
}

export interface InstructionScope {
  readonly variables: ReadonlyMap<string, string>
  readonly declared: ReadonlySet<string>
  readonly buildArgs: Readonly<Record<string, string>>
  readonly globals: ReadonlyMap<string, string>
  readonly escape: '\\' | '`'
}

/** Flags whose values are expanded. SPEC: not `--from`, `--exclude`, `--network` and `--security`. */
const EXPANDED_FLAGS = new Set(['chown', 'chmod', 'checksum', 'mount'])

/** What an instruction expands and sets. All words of one instruction see the values from before it, except in ARG. */
export function expandInstruction(instruction: StageInstruction, scope: InstructionScope): InstructionExpansion {
  const words = (list: readonly Word[]) => list.flatMap((word) => useOf(word, scope))
  const nothing = { sets: [], declares: [] }
  switch (instruction.kind) {
    case 'env': {
      const uses = words(instruction.pairs.flatMap(({ key, value }) => [key, value]))
      return { uses, sets: pairsOf(uses), declares: [] }
    }
    case 'arg':
      return expandArg(instruction.args, scope)
    case 'label':
      return { ...nothing, uses: words(instruction.pairs.flatMap(({ key, value }) => [key, value])) }
    case 'copy':
    case 'add': {
      const bodies = instruction.heredocs.filter(({ expand }) => expand)
      const bodyUses = bodies.flatMap(({ content, range }) =>
        useOf({ text: content, range }, scope, { escape: '\\', ignoreQuotes: true }),
      )
      const paths = words([...instruction.sources, instruction.destination])
      return { ...nothing, uses: [...flagUses(instruction.flags, scope), ...paths, ...bodyUses] }
    }
    case 'run':
      return { ...nothing, uses: flagUses(instruction.flags, scope) }
    case 'expose':
      // SPEC: BuildKit does not report undefined variables in ports.
      return { ...nothing, uses: words(instruction.ports).map((use) => ({ ...use, undefinedNames: [] })) }
    case 'volume':
      return { ...nothing, uses: words(instruction.paths) }
    case 'user':
      return { ...nothing, uses: words([instruction.user]) }
    case 'workdir':
      return { ...nothing, uses: words([instruction.path]) }
    case 'stopsignal':
      return { ...nothing, uses: words([instruction.signal]) }
    default:
      return { ...nothing, uses: [] }
  }
}

/**
 * SPEC: a `--build-arg` takes precedence, and the default is not expanded; a bare name imports the global value. A
 * default sees the preceding arguments of the line.
 */
function expandArg(args: readonly { name: Word; default?: Word }[], outer: InstructionScope): InstructionExpansion {
  const variables = new Map(outer.variables)
  const declared = new Set(outer.declared)
  const scope = { ...outer, variables, declared }
  const uses: Use[] = []
  const sets: (readonly [string, string])[] = []
  for (const { name, default: fallback } of args) {
    const buildArg = Object.hasOwn(scope.buildArgs, name.text) ? scope.buildArgs[name.text] : undefined
    const [use] = buildArg === undefined && fallback !== undefined ? useOf(fallback, scope) : []
    if (use !== undefined) uses.push(use)
    const value = buildArg ?? (fallback === undefined ? scope.globals.get(name.text) : use?.value)
    declared.add(name.text)
    if (value === undefined) continue
    sets.push([name.text, value])
    variables.set(name.text, value)
  }
  return { uses, sets, declares: args.map(({ name }) => name.text) }
}

function flagUses(flags: readonly Flag[], scope: InstructionScope): readonly Use[] {
  const expanded = flags.filter(({ name }) => EXPANDED_FLAGS.has(name))
  return expanded.flatMap(({ name, value = '', range }) => {
    const uses = useOf({ text: value, range }, scope)
    if (name !== 'mount') return uses
    // SPEC: BuildKit expands each field of a mount separately.
    const fields = (splitCsv(value) ?? []).flatMap((text) => useOf({ text, range }, scope))
    return uses.map((use) => ({ ...use, undefinedNames: fields.flatMap(({ undefinedNames }) => undefinedNames) }))
  })
}

/** Empty for a word that cannot be expanded: the planner reports it. */
function useOf({ text, range }: Word, scope: InstructionScope, options?: ExpandOptions): readonly Use[] {
  const result = expandWord(text, scope.variables, options ?? { escape: scope.escape })
  if (result.problem !== undefined) return []
  const undefinedNames = result.undefinedNames.filter((name) => !scope.declared.has(name))
  return [{ written: text, value: result.value, words: result.words, range, undefinedNames }]
}

function pairsOf(uses: readonly Use[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let index = 0; index + 1 < uses.length; index += 2) {
    pairs.push([uses[index]?.value ?? '', uses[index + 1]?.value ?? ''])
  }
  return pairs
}
