import { familiarName, fullName } from '../../../image-spec/index.ts'
import { type ManifestList, openManifestLists } from '../../../images/index.ts'
import { defineCommand } from '../../command.ts'
import { CliError, usageError } from '../../errors.ts'
import { insecureFlags, insecureOptions, listsOf, namedReference } from '../../images/manifest-flags.ts'

export const manifestCreate = defineCommand({
  usage: '[OPTIONS] MANIFEST_LIST MANIFEST [MANIFEST...]',
  flags: {
    amend: { kind: 'bool', short: 'a', help: 'Amend an existing manifest list' },
    ...insecureFlags,
  },
  positionals: { min: 2, max: Number.POSITIVE_INFINITY },
  notes: 'MANIFEST is an image in a registry; push it first.',
  async run(call) {
    const { values, positionals, io, engine, interrupt } = call
    const [first = '', ...others] = positionals
    const [name, references] = [namedReference(first), others.map(namedReference)]
    if (name.digest !== undefined)
      throw usageError(`Cannot create "${first}": a manifest list is not named by digest (expected name:tag)`)
    const options = insecureOptions(values, references)
    const lists = await listsOf(call, options)
    const older = await lists.find(name)
    if (older !== undefined && !values.amend)
      throw new CliError('CLI_CONFLICT', `Cannot create "${familiarName(name)}": the manifest list already exists`, {
        hint: 'Add --amend to extend it, or remove it with tsbuild manifest rm',
      })
    const client = await (await engine(options)).registry()
    const { fetchEntry, withEntry } = await openManifestLists()
    let list: ManifestList = older ?? { name, entries: [] }
    for (const reference of references) list = withEntry(list, await fetchEntry(client, reference, interrupt.signal))
    await lists.save(list)
    io.stdout.write(`Created manifest list ${fullName(name)}\n`)
    return 0
  },
})
