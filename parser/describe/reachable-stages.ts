import { splitCsv } from '../../notation/index.ts'
import type { Dockerfile, Stage, StageInstruction } from '../ast.ts'
import { expandWord } from '../expand/expand.ts'

/** The target by its name, in any case; the last stage without one. Undefined if there is none of the name. */
export function findTarget({ stages }: Dockerfile, target?: string): Stage | undefined {
  if (target === undefined || target === '') return stages.at(-1)
  return stages.findLast(({ name }) => name === target.toLowerCase())
}

/** Indexes of the stages that a target needs, its own among them: by FROM, `COPY --from` and mounts. */
export function reachableStages(
  dockerfile: Dockerfile,
  target: Stage,
  globals: ReadonlyMap<string, string>,
): ReadonlySet<number> {
  const { stages, escape: escapeBy } = dockerfile
  const reached = new Set<number>()
  const visit = (stage: Stage | undefined): void => {
    if (stage === undefined || reached.has(stage.index)) return
    reached.add(stage.index)
    const image = expandWord(stage.from.image.text, globals, { escape: escapeBy })
    const base = image.problem === undefined ? image.value : ''
    visit(stages.slice(0, stage.index).findLast(({ name }) => name === base))
    for (const from of stage.instructions.flatMap(namedBy)) {
      visit(stages.findLast(({ name }) => name === from.toLowerCase()) ?? stageByNumber(stages, from))
    }
  }
  visit(target)
  return reached
}

function stageByNumber(stages: readonly Stage[], text: string): Stage | undefined {
  return /^\d+$/.test(text) ? stages[Number(text)] : undefined
}

function namedBy(instruction: StageInstruction): readonly string[] {
  if (instruction.kind === 'onbuild') return instruction.instruction ? namedBy(instruction.instruction) : []
  if (instruction.kind === 'copy')
    return instruction.flags.flatMap(({ name, value = '' }) => (name === 'from' ? [value] : []))
  if (instruction.kind !== 'run') return []
  const mounts = instruction.flags.filter(({ name }) => name === 'mount')
  const fields = mounts.flatMap(({ value = '' }) => splitCsv(value) ?? [])
  return fields.flatMap((field) => (/^from=/i.test(field) ? [field.slice('from='.length)] : []))
}
