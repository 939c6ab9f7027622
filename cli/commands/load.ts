import { hostPlatform, loadArchive } from '../../builder/index.ts'
import { familiarName, parseReference } from '../../registry/index.ts'
import { defineCommand } from '../command.ts'
import { openInput } from '../terminal/open-input.ts'

export const load = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    input: {
      kind: 'string',
      short: 'i',
      value: 'file',
      help: 'Read from a file instead of standard input',
      completes: 'file',
    },
    quiet: { kind: 'bool', short: 'q', help: 'Print ids only' },
  },
  positionals: { min: 0, max: 0 },
  async run({ values, io, engine, interrupt }) {
    const input = openInput(io, values.input, 'the archive')
    const { store } = await engine()
    const loaded = await loadArchive({ store, input, platform: hostPlatform() }, interrupt.signal)
    for (const { id, references } of loaded) {
      const names = references.map((reference) => familiarName(parseReference(reference)))
      if (values.quiet) io.stdout.write(`${id}\n`)
      else if (names.length === 0) io.stdout.write(`Loaded image ID: ${id}\n`)
      else for (const name of names) io.stdout.write(`Loaded image: ${name}\n`)
    }
    return 0
  },
})
