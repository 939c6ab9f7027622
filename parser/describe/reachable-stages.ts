import { splitCsv } from '../../notation/index.ts'
import type { Dockerfile, Stage, StageInstruction } from '../ast.ts'
import { expandWord } from '../expand/expand.ts'

/** The target by name, case-insensitively; by default the last stage. Undefined if the name does not exist. */
export function findTarget({ stages }: Dockerfile, target?: string): Stage | undefined {
  if (target === undefined || target === '') return stages.at(-1)
  return stages.findLast(({ name }) => name === target.toLowerCase())
}

/** Indexes of the stages that a target needs, including itself: through FROM, `COPY --from` and mounts. */
export function reachableStages(
  dockerfile: Dockerfile,
  target: Stage,
  globals: ReadonlyMap<string, string>,
): ReadonlySet<number> {
  const { stages } = dockerfile
  const bases = baseIndexes(dockerfile, globals)
  const last = new Map(stages.flatMap(({ name, index }) => (name === undefined ? [] : [[name, index] as const])))
  const reached = new Set([target.index])
  for (const index of reached) {
    const base = bases[index]
    if (base !== undefined) reached.add(base)
    for (const from of stages[index]?.instructions.flatMap(namedBy) ?? []) {
      const named = last.get(from.toLowerCase()) ?? (/^\d+$/.test(from) ? Number(from) : -1)
      if (stages[named] !== undefined) reached.add(named)
    }
  }
  return reached
}

/** For each stage the one in its FROM: the last stage of that name above it. */
function baseIndexes(
  { stages, escape: escapeBy }: Dockerfile,
  globals: ReadonlyMap<string, string>,
): readonly (number | undefined)[] {
  const above = new Map<string, number>()
  return stages.map(({ name, index, from }) => {
    const image = expandWord(from.image.text, globals, { escape: escapeBy })
    const base = image.problem === undefined ? above.get(image.value) : undefined
    if (name !== undefined) above.set(name, index)
    return base
  })
}

function namedBy(instruction: StageInstruction): readonly string[] {
  if (instruction.kind === 'copy')
    return instruction.flags.flatMap(({ name, value = '' }) => (name === 'from' ? [value] : []))
  if (instruction.kind !== 'run') return []
  const mounts = instruction.flags.filter(({ name }) => name === 'mount')
  const fields = mounts.flatMap(({ value = '' }) => splitCsv(value) ?? [])
  return fields.flatMap((field) => (/^from=/i.test(field) ? [field.slice('from='.length)] : []))
}
