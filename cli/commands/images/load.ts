import { familiarName, parseReference } from '../../../image-spec/index.ts'
import { loadArchive } from '../../../images/index.ts'
import { defineCommand } from '../../command.ts'
import { platformOf } from '../../flags/platform.ts'
import { openInput } from '../../terminal/open-input.ts'

export const load = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    input: {
      kind: 'string',
      short: 'i',
      ignoresEmpty: true,
      value: 'file',
      help: 'Read from a tar archive file instead of standard input',
      completes: 'file',
    },
    platform: { kind: 'string', help: 'Load only the image for this platform' },
    quiet: { kind: 'bool', short: 'q', help: 'Accepted without effect: no progress is shown' },
  },
  positionals: { min: 0, max: 0 },
  async run({ values, io, engine, interrupt }) {
    const input = openInput(io, values.input, 'the archive')
    const { store } = await engine()
    const platform = { ...(values.platform !== undefined && { platform: platformOf(values.platform) }) }
    const loaded = await loadArchive({ store, input, ...platform }, interrupt.signal)
    for (const { id, references } of loaded) {
      const names = references.map((reference) => familiarName(parseReference(reference)))
      if (names.length === 0) io.stdout.write(`Loaded image ID: ${id}\n`)
      else for (const name of names) io.stdout.write(`Loaded image: ${name}\n`)
    }
    return 0
  },
})
