import { familiarName } from '../../../image-spec/index.ts'
import { openManifestLists } from '../../../images/index.ts'
import { defineCommand } from '../../command.ts'
import {
  insecureFlags,
  insecureOptions,
  listsOf,
  namedReference,
  registriesOf,
  requireList,
} from '../../images/manifest-flags.ts'
import { showTransfer } from '../../terminal/show-transfer.ts'

export const manifestPush = defineCommand({
  usage: '[OPTIONS] MANIFEST_LIST',
  flags: {
    purge: { kind: 'bool', short: 'p', help: 'Remove the local manifest list after the push' },
    quiet: { kind: 'bool', short: 'q', help: 'Suppress progress output' },
    ...insecureFlags,
  },
  positionals: { min: 1, max: 1 },
  async run(call) {
    const { values, positionals, io, engine, interrupt } = call
    const name = namedReference(positionals[0] ?? '')
    const lists = await listsOf(call, insecureOptions(values, await registriesOf(call, name)))
    const list = await requireList(lists, name)
    const client = await (await engine()).registry()
    const { pushList } = await openManifestLists()
    const shown = {
      action: 'pushing',
      name: familiarName(name),
      quiet: values.quiet,
      io,
      signal: interrupt.signal,
    } as const
    const { digest } = await showTransfer(shown, (onProgress) =>
      pushList({ client, list, onProgress }, interrupt.signal),
    )
    if (values.purge) await lists.remove(name)
    io.stdout.write(`${digest}\n`)
    return 0
  },
})
