import type { BuildStep } from '../api/index.ts'
import type { FollowedBuild } from './stream-build.ts'

const PAGE = 200

/** All steps' logs in the order in which they were written, each line with its step's number, as plain progress has it. */
export function downloadLog(read: FollowedBuild['events'], steps: readonly BuildStep[]): ReadableStream<Uint8Array> {
  const numbers = new Map(steps.map(({ id }, index) => [id, index + 1]))
  const names = new Map(steps.map(({ id, name }) => [id, name]))
  const encoder = new TextEncoder()
  let after = 0
  return new ReadableStream({
    pull: async (controller) => {
      const events = await read({ after, limit: PAGE })
      let text = ''
      for (const event of events) {
        after = event.seq
        if (event.kind === 'log') text += prefixed(event.text, `#${numbers.get(event.step) ?? 0} `)
        if (event.kind !== 'step') continue
        const { id, state, failure } = event.step
        const number = numbers.get(id) ?? 0
        if (state === 'running') text += `#${number} ${names.get(id) ?? id}\n`
        if (state === 'cached') text += `#${number} ${names.get(id) ?? id}\n#${number} CACHED\n`
        if (state === 'succeeded') text += `#${number} DONE\n`
        if (state === 'failed') text += `#${number} ERROR: ${failure?.message ?? ''}\n`
      }
      controller.enqueue(encoder.encode(text))
      if (events.length < PAGE) controller.close()
    },
  })
}

function prefixed(text: string, prefix: string): string {
  return text.replace(/^(?=[^\n]|\n)/gm, prefix).replace(/([^\n])$/, '$1\n')
}
