import type { BuildLiveEvent } from '../api/index.ts'

export interface PlainLog {
  add(event: BuildLiveEvent): string
  end(): string
}

/** The events of a build as plain progress has them: each line begins with the number of its step. */
export function createPlainLog(): PlainLog {
  const steps = new Map<string, { readonly number: number; readonly name: string }>()
  let open: number | undefined // step whose last line goes on
  const end = (): string => {
    const rest = open === undefined ? '' : '\n'
    open = undefined
    return rest
  }
  const append = (number: number, text: string): string => {
    if (text === '') return ''
    const begin = open === number ? '' : `${end()}#${number} `
    open = text.endsWith('\n') ? undefined : number
    return begin + text.replace(/\n(?!$)/g, `\n#${number} `)
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
        case 'restarted':
          steps.clear()
          return `${end()}Attempt ${event.attempt}\n`
        case 'log':
          return append(known(event.step).number, event.text)
        case 'step': {
          const lines = stepLines(event.step, known(event.step.id))
          return lines === '' ? '' : end() + lines
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
