import type { Formatter } from 'picocolors/types.js'
import stringWidth from 'string-width'
import { clip } from './clip.ts'
import type { BoardStep } from './step-board.ts'
import { isComplete, transferText } from './transfer-text.ts'

export interface FrameStep extends BoardStep {
  /** The last lines of its log, cleaned. */
  readonly logTail: readonly string[]
}

export interface FrameRequest {
  /** Verb of the first line: `Building`. */
  readonly verb: string
  readonly steps: readonly FrameStep[]
  readonly plannedCount: number
  readonly startedAtMs: number
  readonly nowMs: number
  readonly columns: number
  /** Available lines; the oldest finished steps are dropped first. Infinity for the last frame. */
  readonly rows: number
  readonly ended: boolean
  readonly paint: Paint
}

export interface Paint {
  readonly head: Formatter
  readonly done: Formatter
  readonly failed: Formatter
  readonly canceled: Formatter
  readonly faint: Formatter
}

interface Line {
  readonly text: string
  /** Seconds, shown at the right edge. */
  readonly time?: string
  readonly paint?: Formatter
}

const MAX_TRANSFERS = 6

/** The lines of one frame of a build, each at most `columns` wide. Pure. */
export function ttyFrame(request: FrameRequest): readonly string[] {
  const { steps, rows, columns, paint } = request
  const blocks = steps.map((step) => ({ isRunning: isRunning(step), lines: stepLines(step, request) }))
  const maxLines = Math.max(1, rows - 1)
  let count = blocks.reduce((sum, block) => sum + block.lines.length, 0)
  const kept = blocks.filter((block) => {
    const gives = count > maxLines && !block.isRunning
    if (gives) count -= block.lines.length
    return !gives
  })
  const lines = kept.flatMap((block) => block.lines)
  const shown =
    lines.length > maxLines
      ? trimTails(
          kept.map((block) => block.lines),
          maxLines,
        )
      : lines
  const head = paint.head(clip(headline(request), columns))
  return [head, ...shown.map((line) => layOut(line, columns))]
}

function headline({ verb, steps, plannedCount, startedAtMs, nowMs, ended }: FrameRequest): string {
  const finished = steps.filter((step) => step.status === 'done' || step.status === 'cached').length
  const isWhole = ended && finished === plannedCount
  return `[+] ${verb} ${seconds(nowMs - startedAtMs)} (${finished}/${plannedCount})${isWhole ? ' FINISHED' : ''}`
}

function stepLines(step: FrameStep, { nowMs, ended, paint }: FrameRequest): readonly Line[] {
  if (step.status === 'waiting' && !ended) return [{ text: ` => ${step.name}`, time: 'waiting', paint: paint.faint }]
  const running = isRunning(step)
  const time = seconds((step.endedAtMs ?? nowMs) - step.startedAtMs)
  if (!running) {
    const text = step.status === 'failed' ? ` => ERROR ${step.name}` : ` => ${word(step)}${step.name}`
    return [{ text, time, paint: step.status === 'failed' ? paint.failed : paint.done }]
  }
  if (ended) return [{ text: ` => CANCELED ${step.name}`, time, paint: paint.canceled }]
  const transfers = [...step.transfers].slice(-MAX_TRANSFERS).map(([id, transfer]) => {
    const until = isComplete(transfer) ? transfer.atMs : nowMs
    return { text: ` => => ${transferText(id, transfer)}`, time: seconds(until - transfer.startedAtMs) }
  })
  const logs = step.logTail.map((line) => ({ text: ` => => # ${line}`, paint: paint.faint }))
  return [{ text: ` => ${step.name}`, time }, ...transfers, ...logs]
}

function word(step: FrameStep): string {
  return step.status === 'cached' ? 'CACHED ' : ''
}

function isRunning(step: FrameStep): boolean {
  return (step.status === 'running' || step.status === 'waiting') && step.endedAtMs === undefined
}

/** With many running steps, titles are kept as long as there is room; logs share the rest. */
function trimTails(blocks: readonly (readonly Line[])[], maxLines: number): readonly Line[] {
  const titles = blocks.slice(-maxLines)
  const each = Math.max(0, Math.floor((maxLines - titles.length) / Math.max(1, titles.length)))
  return titles.flatMap((lines) => [...lines.slice(0, 1), ...(each === 0 ? [] : lines.slice(1).slice(-each))])
}

function layOut({ text, time = '', paint = (plain) => String(plain) }: Line, columns: number): string {
  const left = clip(text, columns - time.length - (time === '' ? 0 : 1))
  const gap = time === '' ? '' : ' '.repeat(Math.max(1, columns - stringWidth(left) - time.length))
  return paint(`${left}${gap}${time}`)
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)}s`
}
