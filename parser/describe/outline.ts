import type { ArgInstruction, Dockerfile, SourceRange } from '../ast.ts'
import { expandWord } from '../expand/expand.ts'
import type { LintFacts } from '../lint/lint-facts.ts'
import { type LintedFile, type LintedStage, readLintedFile } from '../lint/linted-file.ts'
import { descriptionOf } from './description.ts'
import { type MountUse, mountsOf } from './mount-uses.ts'
import { findTarget, reachableStages } from './reachable-stages.ts'

/** Parameters of a target: everything that the user can or must provide. */
export interface Outline {
  readonly name?: string
  readonly description?: string
  readonly args: readonly OutlineArg[]
  readonly secrets: readonly MountUse[]
  readonly ssh: readonly MountUse[]
  readonly caches: readonly MountUse[]
}

export interface OutlineArg {
  readonly name: string
  readonly description?: string
  /** Value in this build; undefined if it has none. */
  readonly value?: string
  readonly range: SourceRange
}

/** Undefined if the target does not exist. */
export function outlineTarget(
  dockerfile: Dockerfile,
  target?: string,
  facts: Pick<LintFacts, 'buildArgs' | 'platformArgs'> = {},
): Outline | undefined {
  const stage = findTarget(dockerfile, target)
  if (stage === undefined) return undefined
  const file = readLintedFile(dockerfile, facts)
  const reached = [...reachableStages(dockerfile, stage, file.globals)]
  const stages = reached.flatMap((index) => file.stages[index] ?? [])
  const mounts = stages.flatMap((one) => firstUses(mountsOf(one)))
  const description = stage.name === undefined ? undefined : descriptionOf(stage.from, stage.name)
  return {
    ...(stage.name !== undefined && { name: stage.name }),
    ...(description !== undefined && { description }),
    args: argsOf(file, stages),
    secrets: once(mounts.filter(({ type }) => type === 'secret')),
    ssh: once(mounts.filter(({ type }) => type === 'ssh')),
    caches: once(mounts.filter(({ type }) => type === 'cache')),
  }
}

/**
 * The arguments used by the stages, each name once, the target's first. SPEC: BuildKit dockerfile2llb outline.go: the
 * last declaration of a name counts, and platform arguments are not reported.
 */
function argsOf(file: LintedFile, stages: readonly LintedStage[]): readonly OutlineArg[] {
  const globals = globalArgs(file)
  const found = new Map<string, FoundArg>()
  for (const stage of stages) {
    const own = new Map([...globals, ...stageArgs(stage, file)])
    for (const name of usedNames(stage, own)) {
      const arg = own.get(name)
      if (arg && !found.has(name)) found.set(name, arg)
    }
  }
  return [...found.values()].map(({ uses: _, ...arg }) => arg).sort((a, b) => a.range.start.line - b.range.start.line)
}

interface FoundArg extends OutlineArg {
  /** Arguments that the default refers to. */
  readonly uses: readonly string[]
}

function globalArgs({ dockerfile, globals }: LintedFile): ReadonlyMap<string, FoundArg> {
  const found = new Map<string, FoundArg>()
  for (const instruction of dockerfile.globalArgs) {
    for (const { name, default: fallback } of instruction.args) {
      const value = fallback && expandWord(fallback.text, globals, { escape: dockerfile.escape })
      const used = value?.problem === undefined ? (value?.used ?? []) : []
      const before = used.includes(name.text) ? (found.get(name.text)?.uses ?? []) : []
      const uses = [...used.filter((other) => other !== name.text), ...before]
      found.set(name.text, { ...argOf(instruction, name.text, globals.get(name.text)), uses })
    }
  }
  return found
}

/** ARGs that take their value from here: `ARG name` alone imports a global one. */
function stageArgs(linted: LintedStage, { globals, facts }: LintedFile): ReadonlyMap<string, FoundArg> {
  const found = new Map<string, FoundArg>()
  for (const { instruction, sets } of argSteps(linted)) {
    const values = new Map(sets)
    for (const { name, default: fallback } of instruction.args) {
      const isSet = Object.hasOwn(facts.buildArgs ?? {}, name.text)
      if (fallback === undefined && !isSet && globals.has(name.text)) continue
      found.set(name.text, { ...argOf(instruction, name.text, values.get(name.text)), uses: [] })
    }
  }
  return found
}

function argSteps({ steps }: LintedStage): readonly ArgStep[] {
  return steps.flatMap(({ instruction, sets }) => (instruction.kind === 'arg' ? [{ instruction, sets }] : []))
}

interface ArgStep {
  readonly instruction: ArgInstruction
  readonly sets: readonly (readonly [string, string])[]
}

/** Names used by the stage's and its base stages' FROM and ARGs, and by the defaults of these. */
function usedNames(stage: LintedStage, args: ReadonlyMap<string, FoundArg>): ReadonlySet<string> {
  const used = new Set<string>()
  const visit = (name: string): void => {
    if (used.has(name)) return
    used.add(name)
    for (const other of args.get(name)?.uses ?? []) visit(other)
  }
  for (const { image, platform } of stage.parent ? [stage, stage.parent] : [stage]) {
    for (const name of [...(image?.used ?? []), ...(platform?.used ?? [])]) visit(name)
  }
  for (const { instruction } of argSteps(stage)) for (const { name } of instruction.args) visit(name.text)
  return used
}

function argOf(instruction: ArgInstruction, name: string, value: string | undefined): OutlineArg {
  const description = descriptionOf(instruction, name)
  return {
    name,
    ...(description !== undefined && { description }),
    ...(value !== undefined && { value }),
    range: instruction.range,
  }
}

/** SPEC: the first use in a stage counts. */
function firstUses(mounts: readonly MountUse[]): readonly MountUse[] {
  const found = new Map<string, MountUse>()
  for (const mount of mounts) {
    const key = `${mount.type} ${mount.name}`
    if (!found.has(key)) found.set(key, mount)
  }
  return [...found.values()]
}

/** A name is required if any stage requires it; BuildKit uses an arbitrary stage's setting. */
function once(mounts: readonly MountUse[]): readonly MountUse[] {
  const found = new Map<string, MountUse>()
  for (const mount of mounts) {
    const before = found.get(mount.name)
    if (before === undefined || (mount.required && !before.required)) found.set(mount.name, mount)
  }
  return [...found.values()].sort((a, b) => a.range.start.line - b.range.start.line)
}
