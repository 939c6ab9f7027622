import { type BuildEvent, cleanText, type Explanation, type FileNames, type MissReason } from '../../builder/index.ts'

export type ExplainedStep = Extract<BuildEvent, { kind: 'step-explained' }>

/** Maximum number of file names shown for each kind of change. */
const SHOWN_NAMES = 10
/** Longer values are truncated; JSON contains them in full. */
const SHOWN_LETTERS = 200

/** A line for each step, and below it a line for each reason. */
export function explainLines(steps: readonly ExplainedStep[]): readonly string[] {
  return steps.flatMap(({ name, explanation }) => [
    `${outcomeWord(explanation)}  ${shown(name)}`,
    ...(explanation.outcome === 'missed'
      ? explanation.reasons.flatMap(reasonLines).map((line) => `        ${line}`)
      : []),
  ])
}

/** A JSON document: `{ steps: [{ id, name, outcome, by? | reasons? }] }`. */
export function explainDocument(steps: readonly ExplainedStep[]): unknown {
  return { steps: steps.map(({ step, name, explanation }) => ({ id: step, name, ...explanation })) }
}

function outcomeWord(explanation: Explanation): string {
  if (explanation.outcome === 'missed') return 'missed'
  return explanation.by === 'content' ? 'hit (content)' : 'hit   '
}

function reasonLines(reason: MissReason): readonly string[] {
  switch (reason.kind) {
    case 'no-cache':
      return ['the cache was disabled (--no-cache)']
    case 'never-built':
      return ['not built before']
    case 'pruned':
      return ['the layer was pruned; nothing else changed']
    case 'instruction':
      return ['the instruction changed:', ...changeLines(reason)]
    case 'argument':
    case 'variable':
    case 'setting':
      return [`${words[reason.kind]}${reason.name} ${verbOf(reason)}:`, ...changeLines(reason)]
    case 'base-image':
      return ['the base image changed:', ...changeLines(reason)]
    case 'input':
      return [`the step it builds on has a different result: ${shown(reason.name)}`]
    case 'files':
      return [`files of ${shown(reason.from)} changed (${shown(reason.paths)})`, ...fileLines(reason)]
  }
}

const words = { argument: 'argument ', variable: 'variable ', setting: 'the ' } as const

function verbOf({ before, after }: { readonly before?: string; readonly after?: string }): string {
  if (before === undefined) return 'was added'
  return after === undefined ? 'was removed' : 'changed'
}

function changeLines({ before, after }: { readonly before?: string; readonly after?: string }): readonly string[] {
  return [
    ...(before === undefined ? [] : [`  - ${shown(before)}`]),
    ...(after === undefined ? [] : [`  + ${shown(after)}`]),
  ]
}

function fileLines({ changes }: Extract<MissReason, { kind: 'files' }>): readonly string[] {
  if (!changes) return ['  the file list of the last build no longer exists']
  return [
    ...nameLines('added', changes.added),
    ...nameLines('changed', changes.changed),
    ...nameLines('removed', changes.removed),
  ]
}

function nameLines(word: string, { count, names }: FileNames): readonly string[] {
  const lines = names.slice(0, SHOWN_NAMES).map((name) => `  ${word} ${shown(name)}`)
  const rest = count - lines.length
  return rest > 0 ? [...lines, `  ${word} ${rest} more`] : lines
}

/** SECURITY: file names and values are untrusted. */
function shown(text: string): string {
  const line = cleanText(text).replaceAll('\n', ' ')
  return line.length > SHOWN_LETTERS ? `${line.slice(0, SHOWN_LETTERS)}…` : line
}
