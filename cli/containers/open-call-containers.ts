import { type Containers, openContainers } from '../../container/index.ts'
import { familiarName, hostPlatform, parseReference, withDefaultTag } from '../../image-spec/index.ts'
import { findImages, pullImage } from '../../images/index.ts'
import type { Call } from '../command.ts'
import { showTransfer } from '../terminal/show-transfer.ts'

type Around = Pick<Call, 'engine' | 'io' | 'interrupt'>

/** The containers of the call's store; warnings are printed to stderr, missing images are pulled. */
export async function containersOf(call: Around, { quiet = false } = {}): Promise<Containers> {
  return openContainers(await call.engine(), {
    env: call.io.env,
    onWarning: (message) => call.io.stderr.write(`WARNING: ${message}\n`),
    pull: (text, platform) => pullMissing({ ...call, quiet }, text, platform),
  })
}

interface QuietAround extends Around {
  readonly quiet: boolean
}

async function pullMissing({ engine, io, interrupt, quiet }: QuietAround, text: string, platform = hostPlatform()) {
  const reference = withDefaultTag(parseReference(text))
  const name = familiarName(reference)
  const opened = await engine()
  const { images } = await findImages(opened.store, text) // it may exist with --pull always
  if (!quiet && images.length === 0) io.stderr.write(`Unable to find image '${name}' locally\n`)
  const parts = { store: opened.store, client: await opened.registry(), reference, platform }
  await showTransfer({ action: 'pulling', name, quiet, io, signal: interrupt.signal }, (onProgress) =>
    pullImage({ ...parts, onProgress }, interrupt.signal),
  )
}
