import type { Dockerfile, Stage, StageInstruction } from '../ast.ts'
import { type Expanded, expandWord } from '../expand/expand.ts'
import { parseInstruction } from '../parse-instruction.ts'
import { expandInstruction, type Use } from './expand-instruction.ts'
import type { BaseImageFacts, LintFacts } from './lint-facts.ts'

/** A Dockerfile as the rules see it: each expanded word, with the variables known at that point. */
export interface LintedFile {
  readonly dockerfile: Dockerfile
  readonly facts: LintFacts
  /** Variables for FROM. */
  readonly globals: ReadonlyMap<string, string>
  /** Names of global arguments, including those without a value. */
  readonly globalNames: ReadonlySet<string>
  readonly stages: readonly LintedStage[]
}

export interface LintedStage {
  readonly stage: Stage
  /** The stage it is built on. */
  readonly parent?: LintedStage
  readonly image?: Expanded
  readonly platform?: Expanded
  /** Facts about the image it is built on, directly or through parent stages. */
  readonly baseImage?: BaseImageFacts
  /** False if nothing is known about its base image, which may define any variable. */
  readonly isBaseKnown: boolean
  /** Starts with the triggers of its base, placed at its FROM. */
  readonly steps: readonly LintedStep[]
  /** Variables after the last instruction. */
  readonly variables: ReadonlyMap<string, string>
  readonly declared: ReadonlySet<string>
}

export interface LintedStep {
  readonly instruction: StageInstruction
  readonly isTriggered: boolean
  /** The words that are expanded. */
  readonly uses: readonly Use[]
  /** Variables that it sets. */
  readonly sets: readonly (readonly [string, string])[]
  /** Names that may have been meant. */
  readonly known: () => readonly string[]
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** SECURITY: each stage copies the variables it inherits; the planner refuses such a file. */
const MAX_INHERITED = 2_000_000

const PLATFORM_ARGS: Readonly<Record<string, string>> = {
  BUILDPLATFORM: 'linux/amd64',
  BUILDOS: 'linux',
  BUILDOSVERSION: '',
  BUILDARCH: 'amd64',
  BUILDVARIANT: '',
  TARGETPLATFORM: 'linux/amd64',
  TARGETOS: 'linux',
  TARGETOSVERSION: '',
  TARGETARCH: 'amd64',
  TARGETVARIANT: '',
  TARGETSTAGE: 'default',
}

export function readLintedFile(dockerfile: Dockerfile, facts: LintFacts): LintedFile {
  const globals = globalArguments(dockerfile, facts, facts.buildArgs ?? {})
  const declared = dockerfile.globalArgs.flatMap(({ args }) => args.map(({ name }) => name.text))
  const byName = new Map<string, LintedStage>()
  const inherited = { left: MAX_INHERITED }
  const stages = dockerfile.stages.map((stage) => {
    const linted = readStage(stage, byName, { dockerfile, facts, globals, inherited })
    if (stage.name !== undefined) byName.set(stage.name, linted)
    return linted
  })
  return { dockerfile, facts, globals, globalNames: new Set([...globals.keys(), ...declared]), stages }
}

/** Platform arguments and the ARGs before the first FROM, with the given value or the default. */
export function globalArguments(
  dockerfile: Dockerfile,
  facts: LintFacts,
  buildArgs: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const globals = new Map(Object.entries({ ...PLATFORM_ARGS, ...facts.platformArgs }))
  for (const name of [...globals.keys()]) if (Object.hasOwn(buildArgs, name)) globals.set(name, buildArgs[name] ?? '')
  for (const { name, default: fallback } of dockerfile.globalArgs.flatMap(({ args }) => args)) {
    const buildArg = Object.hasOwn(buildArgs, name.text) ? buildArgs[name.text] : undefined
    const value = buildArg ?? (fallback && expanded(fallback.text, globals, dockerfile)?.value)
    if (value !== undefined) globals.set(name.text, value)
  }
  return globals
}

interface LintContext {
  readonly dockerfile: Dockerfile
  readonly facts: LintFacts
  readonly globals: ReadonlyMap<string, string>
  readonly inherited: { left: number }
}

function readStage(stage: Stage, before: ReadonlyMap<string, LintedStage>, around: LintContext): LintedStage {
  const { dockerfile, facts, globals } = around
  const image = expanded(stage.from.image.text, globals, dockerfile)
  const written = stage.from.flags.find(({ name }) => name === 'platform')?.value
  const platform = written === undefined ? undefined : expanded(written, globals, dockerfile)
  const reference = image?.value ?? ''
  const named = before.get(reference)
  if (named !== undefined) around.inherited.left -= named.variables.size + named.declared.size
  const parent = around.inherited.left < 0 ? undefined : named
  const isScratch = named === undefined && reference === 'scratch'
  const own =
    named === undefined && !isScratch && image !== undefined
      ? facts.baseImage?.(image.value, platform?.value)
      : undefined
  const baseImage = parent === undefined ? own : parent.baseImage
  const start = parent?.variables ?? new Map([['PATH', DEFAULT_PATH], ...Object.entries(own?.env ?? {})])
  const declared = new Set(parent?.declared)
  const triggers = (parent ? triggersOf(parent.stage) : triggersOfImage(own)).map((each) => atFrom(stage, each))
  const { steps, variables } = readSteps([triggers, stage.instructions], { start, declared, around })
  return {
    stage,
    ...(parent !== undefined && { parent }),
    ...(image !== undefined && { image }),
    ...(platform !== undefined && { platform }),
    ...(baseImage !== undefined && { baseImage }),
    isBaseKnown: parent?.isBaseKnown ?? (isScratch || own !== undefined),
    steps,
    variables,
    declared,
  }
}

function triggersOf({ instructions }: Stage): readonly StageInstruction[] {
  return instructions.flatMap((instruction) =>
    instruction.kind === 'onbuild' && instruction.instruction ? [instruction.instruction] : [],
  )
}

/** The planner reports what cannot be parsed. */
function triggersOfImage(image: BaseImageFacts | undefined): readonly StageInstruction[] {
  return (image?.triggers ?? []).flatMap((text) => parseInstruction(text).instruction ?? [])
}

/** SPEC: BuildKit reports a trigger's findings at the FROM that runs it. Comments are those of the parent. */
function atFrom({ from }: Stage, { comment: _, ...instruction }: StageInstruction): StageInstruction {
  return { ...instruction, range: from.range }
}

function readSteps(
  [triggers, own]: readonly [readonly StageInstruction[], readonly StageInstruction[]],
  from: { start: ReadonlyMap<string, string>; declared: Set<string>; around: LintContext },
): { steps: readonly LintedStep[]; variables: ReadonlyMap<string, string> } {
  const variables = new Map(from.start) // names keep the order in which they were first set
  const buildArgs = from.around.facts.buildArgs ?? {}
  const steps: LintedStep[] = []
  for (const [index, instruction] of [...triggers, ...own].entries()) {
    const { uses, sets, declares } = expandInstruction(instruction, {
      variables,
      declared: from.declared,
      buildArgs,
      globals: from.around.globals,
      escape: from.around.dockerfile.escape,
    })
    const knownCount = variables.size
    const isTriggered = index < triggers.length
    steps.push({ instruction, isTriggered, uses, sets, known: () => [...variables.keys()].slice(0, knownCount) })
    for (const name of declares) from.declared.add(name)
    for (const [name, value] of sets) variables.set(name, value)
  }
  return { steps, variables }
}

function expanded(
  text: string,
  scope: ReadonlyMap<string, string>,
  { escape: escapeBy }: Dockerfile,
): Expanded | undefined {
  const result = expandWord(text, scope, { escape: escapeBy })
  return result.problem === undefined ? result : undefined
}
