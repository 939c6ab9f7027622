import type { BuildResult, StepBoard } from '../../builder/index.ts'
import type { CommitLinks } from './commit-links.ts'

export interface Summary {
  readonly board: StepBoard
  readonly durationMs: number
  /** Absent if the build failed. */
  readonly result?: BuildResult
  /** `Built …`, `Tagged …`, `Pushed …`. */
  readonly lines: readonly string[]
  readonly failure?: string
  readonly links?: CommitLinks | undefined
}

/** GitHub limits a step's summary to 1 MiB and drops larger ones entirely. A character has up to 7 bytes. */
const MAX_STEPS = 200
const MAX_WARNINGS = 50
const MAX_TEXT = 400

/** Markdown for $GITHUB_STEP_SUMMARY: results, each step with its time, warnings. */
export function stepSummary({ board, durationMs, result, lines, failure, links }: Summary): string {
  const title = result?.tags.join(', ') ?? ''
  const cached = board.steps.filter(({ status }) => status === 'cached').length
  const facts = [
    ...(links === undefined ? [] : [['Commit', `[${code(links.id.slice(0, 7))}](${links.commit})`]]),
    ['Duration', seconds(durationMs)],
    ['Steps', `${board.steps.length}, ${cached} cached`],
    ...(result?.imageId === undefined ? [] : [['Image ID', code(result.imageId)]]),
    ...(result?.manifest === undefined ? [] : [['Digest', code(result.manifest.digest)]]),
    ...(result === undefined ? [] : [['Platforms', code(result.platforms.join(', '))]]),
    ...lines.map((line) => [line.split(' ')[0] ?? '', code(line.replace(/^\S+\s+/, ''))]),
  ]
  const steps = board.steps.slice(0, MAX_STEPS).map(({ number, name, status, startedAtMs, endedAtMs }) => {
    const time = endedAtMs === undefined || status === 'cached' ? '' : seconds(endedAtMs - startedAtMs)
    return [String(number), code(name), endedAtMs === undefined ? 'canceled' : status, time]
  })
  const warnings = board.warnings
    .slice(0, MAX_WARNINGS)
    .map(({ code: rule, message, range }) => [
      code(rule),
      lineLink(range?.start.line, links?.dockerfile),
      code(message),
    ])
  return [
    `### ${failure === undefined ? 'Build' : 'Failed build'}${title === '' ? '' : ` of ${code(title)}`}\n`,
    ...(failure === undefined ? [] : [`${code(failure)}\n`]),
    table(['Result', ''], facts),
    `<details><summary>${board.steps.length} steps</summary>\n`,
    table(['#', 'Step', 'State', 'Time'], steps),
    ...further(board.steps.length - steps.length, 'steps'),
    '</details>\n',
    ...(warnings.length === 0 ? [] : [table(['Warning', 'Line', 'Message'], warnings)]),
    ...further(board.warnings.length - warnings.length, 'warnings'),
  ].join('\n')
}

function further(count: number, what: string): readonly string[] {
  return count > 0 ? [`${count} more ${what}\n`] : []
}

function lineLink(line: number | undefined, file: string | undefined): string {
  if (line === undefined || file === undefined) return String(line ?? '')
  return `[${line}](${file}#L${line})`
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`
  return `${[head, head.map(() => '---'), ...rows].map(line).join('\n')}\n`
}

/** SECURITY: names come from a Dockerfile and must not contain markup. */
function code(text: string): string {
  const entity = (char: string) => `&#${char.codePointAt(0)};`
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  return `<code>${shown.replace(/[\r\n\t]+/g, ' ').replace(/[^\p{L}\p{N} ]/gu, (char) => (/[\w./:@=,-]/.test(char) && char !== '_' ? char : entity(char)))}</code>`
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
}
