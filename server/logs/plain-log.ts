import type { BuildLiveEvent } from '../api/index.ts'

export interface PlainLog {
  add(event: BuildLiveEvent): string
  end(): string
}

/** Longer lines are split: a line is buffered until its end. */
const MAX_LINE_LENGTH = 1 << 20

/** The events of a build as plain progress output: each line begins with the number of its step. */
export function createPlainLog(): PlainLog {
  const steps = new Map<string, { readonly number: number; readonly name: string }>()
  /** Unfinished lines by step number: other steps may write in between. */
  const begun = new Map<number, string>()
  const states = createStateLines()
  const endLine = (number: number): string => {
    const line = begun.get(number)
    begun.delete(number)
    return line === undefined ? '' : `#${number} ${line}\n`
  }
  const end = (): string => [...begun.keys()].map(endLine).join('')
  const append = (number: number, text: string): string => {
    const lines = `${begun.get(number) ?? ''}${text}`.split('\n')
    const rest = lines.pop() ?? ''
    begun.delete(number)
    states.interrupt(number)
    if (rest !== '') begun.set(number, rest)
    const whole = lines.map((line) => `#${number} ${line}\n`).join('')
    return rest.length > MAX_LINE_LENGTH ? whole + endLine(number) : whole
  }
  const known = (id: string) => steps.get(id) ?? { number: 0, name: id }
  return {
    end,
    add: (event) => {
      switch (event.kind) {
        case 'planned':
          for (const { id, name } of event.steps) {
            if (!steps.has(id)) steps.set(id, { number: steps.size + 1, name })
          }
          return ''
        case 'restarted': {
          const rest = end()
          steps.clear()
          states.clear()
          return `${rest}Attempt ${event.attempt}\n`
        }
        case 'log':
          return append(known(event.step).number, event.text)
        case 'step': {
          const step = known(event.step.id)
          const lines = states.of(event.step, step)
          return lines === '' ? '' : endLine(step.number) + lines
        }
        default:
          return ''
      }
    },
  }
}

interface StateLines {
  of(step: StepState, named: { readonly number: number; readonly name: string }): string
  /** Log is printed between two of them. */
  interrupt(number: number): void
  clear(): void
}
type StepState = Extract<BuildLiveEvent, { kind: 'step' }>['step']

/** Nothing is repeated for a base image that a later step reads again: it starts and ends again. */
function createStateLines(): StateLines {
  const last = new Map<number, string>()
  return {
    of: (step, { number, name }) => {
      const result = resultLine(step, number)
      if (result === undefined) return ''
      const before = last.get(number)
      last.set(number, result || (before ?? ''))
      const title = before === undefined ? `#${number} ${name}\n` : ''
      return title + (result === before ? '' : result)
    },
    interrupt: (number) => {
      if (last.has(number)) last.set(number, '')
    },
    clear: () => last.clear(),
  }
}

/** Empty while the step runs; absent if it has not started, or was cancelled. */
function resultLine({ state, failure }: StepState, number: number): string | undefined {
  if (state === 'running') return ''
  if (state === 'cached') return `#${number} CACHED\n`
  if (state === 'succeeded') return `#${number} DONE\n`
  return state === 'failed' ? `#${number} ERROR: ${failure?.message ?? ''}\n` : undefined
}
