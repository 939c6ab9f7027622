import type { Platform } from '../../image-spec/index.ts'
import {
  bestFor,
  familiarName,
  formatPlatform,
  fullName,
  type ImageReference,
  parseReference,
  repositoryName,
  withDefaultTag,
} from '../../image-spec/index.ts'
import { type PlatformImage, platformImageOf, pushImage } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { defineCommand } from '../command.ts'
import { CliError, usageError } from '../errors.ts'
import { findImages } from '../find-image.ts'
import { platformOf } from '../flags/platform.ts'
import { insecureHostsOf, tlsVerifyFlag } from '../flags/tls-verify.ts'
import { showTransfer } from '../terminal/show-transfer.ts'

export const push = defineCommand({
  usage: '[OPTIONS] NAME[:TAG]',
  flags: {
    'all-tags': { kind: 'bool', short: 'a', help: 'Push all tags of the repository' },
    'disable-content-trust': {
      kind: 'bool',
      hidden: true,
      help: 'Accepted without effect: signatures are not checked',
    },
    quiet: { kind: 'bool', short: 'q', help: 'Suppress progress output' },
    'tls-verify': tlsVerifyFlag,
    platform: { kind: 'string', help: 'Push only the image for this platform' },
    compression: { kind: 'string', default: 'gzip', choices: ['gzip', 'zstd'], help: 'Layer compression' },
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  async run({ values, positionals, io, engine, interrupt }) {
    const given = parseReference(positionals[0] ?? '')
    if (given.digest !== undefined) throw usageError('Cannot push a digest: only tags can be pushed (want name:tag)')
    if (values['all-tags'] && given.tag !== undefined)
      throw usageError('Cannot use "--all-tags" with a tag (want a name alone)')
    const opened = await engine(insecureHostsOf(values, given))
    const { store } = opened
    const named = values['all-tags'] ? await allTags(store, given) : [await oneTag(store, given)]
    const platform = values.platform === undefined ? undefined : platformOf(values.platform)
    const wanted = platform === undefined ? named : named.map((one) => onlyFor(platform, one))
    const client = await opened.registry()
    const compression = values.compression === 'zstd' ? 'zstd' : 'gzip'
    for (const { reference, images } of wanted) {
      const name = familiarName(reference)
      const { digest, size } = await showTransfer(
        { doing: 'pushing', name, quiet: values.quiet, io, signal: interrupt.signal },
        (onProgress) => pushImage({ store, client, reference, images, compression, onProgress }, interrupt.signal),
      )
      const line = `${reference.tag}: digest: ${digest} size: ${size}`
      io.stdout.write(`${values.quiet ? fullName(reference) : line}\n`)
    }
    return 0
  },
})

interface Wanted {
  readonly reference: ImageReference
  /** For several platforms all of them. */
  readonly images: readonly PlatformImage[]
}

async function oneTag(store: LayerStore, given: ImageReference): Promise<Wanted> {
  const reference = withDefaultTag(given)
  const { images } = await findImages(store, fullName(reference))
  return { reference, images: images.map(platformImageOf) }
}

function onlyFor(platform: Platform, { reference, images }: Wanted): Wanted {
  const image = bestFor(platform, images, (one) => one.platform)
  if (image !== undefined) return { reference, images: [image] }
  const found = images.map((one) => formatPlatform(one.platform)).join(', ')
  const message = `Cannot push "${familiarName(reference)}" for ${formatPlatform(platform)}: the store has ${found}`
  throw new CliError('CLI_NOT_FOUND', message)
}

async function allTags(store: LayerStore, given: ImageReference): Promise<readonly Wanted[]> {
  const repository = repositoryName(given)
  const images = await store.images.list()
  const tags = new Set(images.flatMap((image) => image.tags))
  const references = [...tags].map(parseReference).filter((reference) => repositoryName(reference) === repository)
  const wanted = await Promise.all(references.map((reference) => oneTag(store, reference)))
  if (wanted.length === 0)
    throw new CliError('CLI_NOT_FOUND', `Cannot push "${familiarName(given)}": the store has no tag of it`)
  return wanted
}
