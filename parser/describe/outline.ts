import type { ArgInstruction, Dockerfile, SourceRange, Stage } from '../ast.ts'
import { expandWord } from '../expand/expand.ts'
import type { LintFacts } from '../lint/lint-facts.ts'
import { type LintedFile, type LintedStage, readLintedFile } from '../lint/linted-file.ts'
import { descriptionOf } from './description.ts'
import { type MountUse, mountsOf } from './mount-uses.ts'
import { findTarget, reachableStages } from './reachable-stages.ts'

/** What a target takes: everything that its user may or must give. */
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
  /** What it would be in this build; undefined if it has none. */
  readonly value?: string
  readonly range: SourceRange
}

/** Undefined if there is no such target. */
export function outlineTarget(
  dockerfile: Dockerfile,
  target?: string,
  facts: Pick<LintFacts, 'buildArgs' | 'platformArgs'> = {},
): Outline | undefined {
  const stage = findTarget(dockerfile, target)
  if (stage === undefined) return undefined
  const file = readLintedFile(dockerfile, facts)
  const reached = reachableStages(dockerfile, stage, file.globals)
  const stages = file.stages.filter(({ stage: { index } }) => reached.has(index))
  const mounts = stages.flatMap(mountsOf)
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

/** Global arguments that a FROM uses or a stage imports, and those of the stages themselves; each once. */
function argsOf(file: LintedFile, stages: readonly LintedStage[]): readonly OutlineArg[] {
  const found = new Map<string, OutlineArg>()
  const needed = withDependencies(new Set(stages.flatMap(namesNeededBy)), file)
  for (const instruction of file.dockerfile.globalArgs) {
    for (const { name } of instruction.args) {
      if (needed.has(name.text)) note(found, instruction, { name: name.text, value: file.globals.get(name.text) })
    }
  }
  for (const { instruction, sets } of stages.flatMap(({ steps }) => steps)) {
    if (instruction.kind !== 'arg') continue
    const values = new Map(sets)
    for (const { name } of instruction.args) note(found, instruction, { name: name.text, value: values.get(name.text) })
  }
  return [...found.values()].sort((a, b) => a.range.start.line - b.range.start.line)
}

/** Also the global arguments whose values are in the defaults of those. */
function withDependencies(names: ReadonlySet<string>, { dockerfile, globals }: LintedFile): ReadonlySet<string> {
  const needed = new Set(names)
  const args = dockerfile.globalArgs.flatMap((instruction) => instruction.args)
  for (const { name, default: fallback } of [...args].reverse()) {
    if (fallback === undefined || !needed.has(name.text)) continue
    const value = expandWord(fallback.text, globals, { escape: dockerfile.escape })
    if (value.problem === undefined) for (const used of value.used) needed.add(used)
  }
  return needed
}

function namesNeededBy({ stage, image, platform }: LintedStage): readonly string[] {
  return [...(image?.used ?? []), ...(platform?.used ?? []), ...importsOf(stage)]
}

function importsOf({ instructions }: Stage): readonly string[] {
  const args = instructions.flatMap((instruction) => (instruction.kind === 'arg' ? instruction.args : []))
  return args.filter((arg) => arg.default === undefined).map(({ name }) => name.text)
}

function note(
  found: Map<string, OutlineArg>,
  instruction: ArgInstruction,
  { name, value }: { name: string; value: string | undefined },
): void {
  if (found.has(name)) return
  const description = descriptionOf(instruction, name)
  found.set(name, {
    name,
    ...(description !== undefined && { description }),
    ...(value !== undefined && { value }),
    range: instruction.range,
  })
}

/** A name is required if one of its uses requires it. */
function once(mounts: readonly MountUse[]): readonly MountUse[] {
  const found = new Map<string, MountUse>()
  for (const mount of mounts) {
    const before = found.get(mount.name)
    found.set(mount.name, before === undefined ? mount : { ...before, required: before.required || mount.required })
  }
  return [...found.values()]
}
