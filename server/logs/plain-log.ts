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
          return `${rest}Attempt ${event.attempt}\n`
        }
        case 'log':
          return append(known(event.step).number, event.text)
        case 'step': {
          const step = known(event.step.id)
          const lines = stepLines(event.step, step)
          return lines === '' ? '' : endLine(step.number) + lines
        }
        default:
          return ''
      }
    },
  }
}

function stepLines(
  { state, failure }: Extract<BuildLiveEvent, { kind: 'step' }>['step'],
  { number, name }: { readonly number: number; readonly name: string },
): string {
  if (state === 'running') return `#${number} ${name}\n`
  if (state === 'cached') return `#${number} ${name}\n#${number} CACHED\n`
  if (state === 'succeeded') return `#${number} DONE\n`
  return state === 'failed' ? `#${number} ERROR: ${failure?.message ?? ''}\n` : ''
}
