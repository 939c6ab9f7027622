import type { Instruction, SourceRange } from '../../ast.ts'
import type { Find, LintRule } from '../lint-rule.ts'
import type { LintedStep } from '../linted-file.ts'

/** Words of a name that indicate a secret, and words that exclude one. */
const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i
const HARMLESS = /(?:_|^)(?:public|file|version)(?:_|$)/i

export const secretsUsedInArgOrEnv: LintRule = {
  name: 'SecretsUsedInArgOrEnv',
  description: 'ARG and ENV should not contain secrets, which anyone with the image can read; use a secret mount',
  onlyNeededStages: true,
  check({ stages }, find) {
    for (const step of stages.flatMap(({ steps }) => steps)) {
      for (const { name, range } of namesSetBy(step)) report(step.instruction, { name, range }, find)
    }
  },
}

interface SetName {
  readonly name: string
  readonly range: SourceRange
}

function namesSetBy({ instruction, uses }: LintedStep): readonly SetName[] {
  if (instruction.kind === 'arg') return instruction.args.map(({ name: { text, range } }) => ({ name: text, range }))
  if (instruction.kind !== 'env') return []
  // Names and values alternate.
  return uses.filter((_, index) => index % 2 === 0).map(({ value, range }) => ({ name: value, range }))
}

function report(instruction: Instruction, { name, range }: SetName, find: Find): void {
  if (!SECRET.test(name) || HARMLESS.test(name)) return
  const keyword = instruction.kind.toUpperCase()
  const message = `${keyword} "${name}" looks like a secret, and stays readable in the image (expected a secret mount)`
  find({ instruction, message, range, hint: `Use RUN --mount=type=secret,id=${name.toLowerCase()},env=${name}` })
}
