import { pushImage } from '../../builder/index.ts'
import type { ImageRecord, LayerStore } from '../../layer-store/index.ts'
import {
  familiarName,
  fullName,
  type ImageReference,
  parseReference,
  repositoryName,
  withDefaultTag,
} from '../../registry/index.ts'
import { defineCommand } from '../command.ts'
import { CliError, usageError } from '../errors.ts'
import { findImage } from '../find-image.ts'
import { showTransfer } from '../terminal/show-transfer.ts'

export const push = defineCommand({
  usage: '[OPTIONS] NAME[:TAG]',
  flags: {
    'all-tags': { kind: 'bool', short: 'a', help: 'Push all tags of the repository' },
    quiet: { kind: 'bool', short: 'q', help: 'Show no progress' },
    compression: { kind: 'string', default: 'gzip', choices: ['gzip', 'zstd'], help: 'Compression of the layers' },
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  async run({ values, positionals, io, engine, interrupt }) {
    const given = parseReference(positionals[0] ?? '')
    if (given.digest !== undefined) throw usageError('Cannot push a digest: only tags can be pushed (want name:tag)')
    if (values['all-tags'] && given.tag !== undefined)
      throw usageError('Cannot use "--all-tags" with a tag (want a name alone)')
    const opened = await engine()
    const { store } = opened
    const wanted = values['all-tags'] ? await allTags(store, given) : [await oneTag(store, given)]
    const client = await opened.registry()
    const compression = values.compression === 'zstd' ? 'zstd' : 'gzip'
    for (const { reference, image } of wanted) {
      const name = familiarName(reference)
      const digest = await showTransfer(
        { name: `pushing ${name}`, quiet: values.quiet, io, signal: interrupt.signal },
        (onProgress) => pushImage({ store, client, reference, image, compression, onProgress }, interrupt.signal),
      )
      const sizeBytes = await store.blobs.size(digest)
      const line = `${reference.tag}: digest: ${digest} size: ${sizeBytes}`
      io.stdout.write(`${values.quiet ? fullName(reference) : line}\n`)
    }
    return 0
  },
})

interface Wanted {
  readonly reference: ImageReference
  readonly image: ImageRecord
}

async function oneTag(store: LayerStore, given: ImageReference): Promise<Wanted> {
  const reference = withDefaultTag(given)
  return { reference, image: (await findImage(store, fullName(reference))).image }
}

async function allTags(store: LayerStore, given: ImageReference): Promise<readonly Wanted[]> {
  const repository = repositoryName(given)
  const images = await store.images.list()
  const wanted = images.flatMap((image) =>
    image.tags
      .map(parseReference)
      .filter((reference) => repositoryName(reference) === repository)
      .map((reference) => ({ reference, image })),
  )
  if (wanted.length === 0)
    throw new CliError('CLI_NOT_FOUND', `Cannot push "${familiarName(given)}": the store has no tag of it`)
  return wanted
}
