import {
  familiarName,
  formatPlatform,
  fullName,
  hostPlatform,
  type ImageReference,
  type Platform,
  parseReference,
  storedName,
  withDefaultTag,
} from '../../../image-spec/index.ts'
import { pullImage } from '../../../images/index.ts'
import { defineCommand, type Io } from '../../command.ts'
import { eachName } from '../../each-name.ts'
import { CliError, usageError } from '../../errors.ts'
import { platformOf } from '../../flags/platform.ts'
import { insecureHostsOf } from '../../flags/tls-verify.ts'
import { transferFlags } from '../../images/transfer-flags.ts'
import { withClient } from '../../images/with-client.ts'
import { showTransfer } from '../../terminal/show-transfer.ts'

export const pull = defineCommand({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  flags: {
    'all-tags': { kind: 'bool', short: 'a', help: 'Download all tags of the repository' },
    platform: {
      kind: 'string',
      env: 'DOCKER_DEFAULT_PLATFORM',
      help: 'Platform to select from a multi-platform image',
    },
    ...transferFlags,
  },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals, io, engine, interrupt }) {
    const requested = parseReference(positionals[0] ?? '')
    if (values['all-tags'] && (requested.tag ?? requested.digest) !== undefined)
      throw usageError(`Cannot pull "${familiarName(requested)}": a tag or digest cannot be used with --all-tags`)
    const platform = platformOf(values.platform)
    const opened = await engine(insecureHostsOf(values, requested))
    const { store } = opened
    return withClient(opened, async (client) => {
      const pullOne = async (reference: ImageReference) => {
        const before = await store.images.findAllByReference(storedName(reference))
        const name = familiarName(reference)
        const image = await showTransfer(
          { action: 'pulling', name, quiet: values.quiet, io, signal: interrupt.signal },
          (onProgress) => pullImage({ store, client, reference, platform, onProgress }, interrupt.signal),
        )
        warnOfPlatform(image.config, platform, { io, name })
        const status = before.some(({ id }) => id === image.id) ? 'Image is up to date' : 'Downloaded newer image'
        if (!values.quiet) io.stdout.write(`Digest: ${image.pulledDigest}\nStatus: ${status} for ${name}\n`)
      }
      if (!values['all-tags']) {
        const reference = withDefaultTag(requested)
        if (!values.quiet && requested.tag !== reference.tag) io.stdout.write(`Using default tag: ${reference.tag}\n`)
        await pullOne(reference)
        io.stdout.write(`${fullName(reference)}\n`)
        return 0
      }
      const tags = await client.listTags(requested, interrupt.signal)
      if (tags.length === 0)
        throw new CliError('CLI_NOT_FOUND', `Cannot pull "${familiarName(requested)}": the repository has no tags`)
      await eachName({ positionals: tags, io, interrupt }, async (tag) => {
        await pullOne({ ...requested, tag }) // some tags of a repository may be signatures or other artifacts
        return ''
      })
      io.stdout.write(`${fullName(requested)}\n`)
      return 0
    })
  },
})

/** As in docker, a single-platform image is pulled whatever platform was requested. */
function warnOfPlatform(
  image: Platform,
  platform: Platform,
  { io, name }: { readonly io: Io; readonly name: string },
): void {
  const host = hostPlatform()
  const found = formatPlatform(image)
  if (!isSameMachine(image, platform)) {
    io.stderr.write(`WARNING: ${name} is for ${found}: there is no image for ${formatPlatform(platform)}\n`)
  } else if (!isSameMachine(image, host)) {
    const own = formatPlatform(host)
    io.stderr.write(`WARNING: ${name} is for ${found}: this machine (${own}) runs it only with an emulator\n`)
  }
}

function isSameMachine(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.architecture === other.architecture
}
