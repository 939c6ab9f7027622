import { messageOf } from '../../errors/index.ts'
import type { Checkout } from '../checkout/check-out.ts'
import type { EventWriter } from '../logs/event-writer.ts'
import type { BuildRow } from '../state/builds.ts'

const STEP = 'checkout'

interface Parts {
  readonly writer: EventWriter
  readonly signal: AbortSignal
}

/** Shows the checkout as the first step of the build. */
export async function checkoutStep(
  { writer, signal }: Parts,
  build: BuildRow,
  work: (onOutput: (text: string) => void) => Promise<Checkout>,
): Promise<Checkout> {
  const name = `[internal] check out ${build.ref.replace(/^refs\/(heads|tags)\//, '')}`
  writer.add({ kind: 'planned', steps: [{ id: STEP, name, inputs: [] }], atMs: Date.now() })
  writer.add({ kind: 'step-started', step: STEP, atMs: Date.now() })
  const log = (text: string): void =>
    writer.add({ kind: 'step-log', step: STEP, stream: 'stderr', text, atMs: Date.now() })
  try {
    const checkout = await work((text) => log(text.replace(/[^\n]*\r(?!\n)/g, ''))) // the last state of each progress meter
    log(`${checkout.commit} ${checkout.title}\n`)
    writer.add({ kind: 'step-done', step: STEP, atMs: Date.now() })
    return checkout
  } catch (error) {
    // The end of a stopped build ends its steps, as it does those of the builder.
    if (!signal.aborted) writer.add({ kind: 'step-failed', step: STEP, message: messageOf(error), atMs: Date.now() })
    throw error
  }
}
