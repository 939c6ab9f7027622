import { pullImage } from '../../builder/index.ts'
import { familiarName, fullName, parseReference, withDefaultTag } from '../../registry/index.ts'
import { defineCommand } from '../command.ts'
import { platformOf } from '../flags/platform.ts'
import { showTransfer } from '../terminal/show-transfer.ts'

export const pull = defineCommand({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  flags: {
    platform: { kind: 'string', env: 'DOCKER_DEFAULT_PLATFORM', help: 'The platform, where there are several' },
    quiet: { kind: 'bool', short: 'q', help: 'Show no progress' },
  },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals, io, engine, interrupt }) {
    const given = parseReference(positionals[0] ?? '')
    const reference = withDefaultTag(given)
    const platform = platformOf(values.platform)
    const opened = await engine()
    const { store } = opened
    const before = await store.images.findAllByReference(fullName(reference))
    const client = await opened.registry()
    const name = familiarName(reference)
    if (!values.quiet && given.tag !== reference.tag) io.stdout.write(`Using default tag: ${reference.tag}\n`)
    const image = await showTransfer(
      { doing: 'pulling', name, quiet: values.quiet, io, signal: interrupt.signal },
      (onProgress) => pullImage({ store, client, reference, platform, onProgress }, interrupt.signal),
    )
    const repository = `${fullName({ host: reference.host, repository: reference.repository })}@`
    const digest = image.repositoryDigests.find((one) => one.startsWith(repository))?.slice(repository.length)
    const status = before.some(({ id }) => id === image.id) ? 'Image is up to date' : 'Downloaded newer image'
    if (!values.quiet) io.stdout.write(`Digest: ${digest ?? '<none>'}\nStatus: ${status} for ${name}\n`)
    io.stdout.write(`${fullName(reference)}\n`)
    return 0
  },
})
