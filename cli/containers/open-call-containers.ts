import { type Containers, openContainers } from '../../container/index.ts'
import { familiarName, parseReference, withDefaultTag } from '../../image-spec/index.ts'
import { pullImage } from '../../images/index.ts'
import type { Call } from '../command.ts'
import { platformOf } from '../flags/platform.ts'
import { showTransfer } from '../terminal/show-transfer.ts'

type Around = Pick<Call, 'engine' | 'io' | 'interrupt'>

/** The containers of the call's store; warnings go to stderr, missing images are fetched. */
export async function containersOf(call: Around): Promise<Containers> {
  return openContainers(await call.engine(), {
    env: call.io.env,
    onWarning: (message) => call.io.stderr.write(`WARNING: ${message}\n`),
    pull: (text, platform) => pullMissing(call, text, platform),
  })
}

async function pullMissing({ engine, io, interrupt }: Around, text: string, platform?: string): Promise<void> {
  const reference = withDefaultTag(parseReference(text))
  const name = familiarName(reference)
  io.stderr.write(`Unable to find image '${name}' locally\n`)
  const opened = await engine()
  const parts = { store: opened.store, client: await opened.registry(), reference, platform: platformOf(platform) }
  await showTransfer({ doing: 'pulling', name, quiet: false, io, signal: interrupt.signal }, (onProgress) =>
    pullImage({ ...parts, onProgress }, interrupt.signal),
  )
}
