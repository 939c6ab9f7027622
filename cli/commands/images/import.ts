import { applyChanges } from '../../../builder/index.ts'
import { fullName, parseReference, withDefaultTag } from '../../../image-spec/index.ts'
import { importTree } from '../../../images/index.ts'
import { createDownloader } from '../../../registry/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { platformOf } from '../../flags/platform.ts'
import { openInput } from '../../terminal/open-input.ts'

const flags = {
  change: {
    kind: 'list',
    short: 'c',
    value: 'instruction',
    help: 'Apply a Dockerfile instruction, such as \'CMD ["top"]\'',
  },
  message: { kind: 'string', short: 'm', help: 'Commit message for the imported image' },
  platform: { kind: 'string', env: 'DOCKER_DEFAULT_PLATFORM', help: 'Platform of the image' },
} as const

export const importImage = defineCommand({
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  flags,
  positionals: { min: 1, max: 2 },
  completes: 'file',
  notes: 'The file is a tar archive of a root filesystem, optionally compressed.',
  async run(call) {
    const { values, positionals, io, engine, interrupt } = call
    const [source = '-', name] = positionals
    const references = name === undefined ? [] : [fullName(withDefaultTag(parseReference(name)))]
    const platform = platformOf(values.platform)
    const { store, native } = await engine()
    const config = await applyChanges({}, values.change)
    const { input, close } = await openSource(call, source)
    try {
      const message = values.message ?? `Imported from ${source}`
      const createdAt = new Date().toISOString()
      const image = await importTree(
        { store, trees: native.trees, input, platform, config, message, createdAt, references },
        interrupt.signal,
      )
      io.stdout.write(`${image.id}\n`)
      return 0
    } finally {
      await close()
    }
  },
})

async function openSource(
  { io, interrupt }: Call<typeof flags>,
  source: string,
): Promise<{ input: AsyncIterable<Uint8Array>; close: () => Promise<void> }> {
  if (!/^https?:\/\//.test(source))
    return { input: openInput(io, source, 'the root filesystem'), close: async () => undefined }
  const downloader = createDownloader()
  const { body } = await downloader.download({ url: source, signal: interrupt.signal })
  return { input: body, close: () => downloader.close() }
}
