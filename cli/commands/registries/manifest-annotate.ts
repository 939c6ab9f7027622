import { familiarName, KNOWN_ARCHITECTURES, KNOWN_OS } from '../../../image-spec/index.ts'
import { openManifestLists } from '../../../images/index.ts'
import { defineCommand } from '../../command.ts'
import { CliError, usageError } from '../../errors.ts'
import { listsOf, namedReference, requireList } from '../../images/manifest-flags.ts'

export const manifestAnnotate = defineCommand({
  usage: '[OPTIONS] MANIFEST_LIST MANIFEST',
  flags: {
    os: { kind: 'string', choices: KNOWN_OS, help: 'Operating system' },
    arch: { kind: 'string', choices: KNOWN_ARCHITECTURES, help: 'Architecture' },
    variant: { kind: 'string', help: 'Architecture variant' },
    'os-version': { kind: 'string', help: 'Operating system version' },
    'os-features': { kind: 'list', help: 'Operating system feature (repeatable, or a list with commas)' },
  },
  positionals: { min: 2, max: 2 },
  async run(call) {
    const { values, positionals } = call
    const [name, reference] = [namedReference(positionals[0] ?? ''), namedReference(positionals[1] ?? '')]
    const features = values['os-features'].flatMap((text) => text.split(',')).filter((text) => text !== '')
    const given = {
      os: values.os,
      architecture: values.arch,
      variant: values.variant,
      'os.version': values['os-version'],
    }
    const change = {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      ...(features.length > 0 && { 'os.features': features }),
    }
    if (Object.keys(change).length === 0)
      throw usageError('Cannot annotate: nothing to set (expected --os, --arch or another)')
    const lists = await listsOf(call)
    const { withPlatform } = await openManifestLists()
    const list = withPlatform(await requireList(lists, name), reference, change)
    if (list === undefined)
      throw new CliError(
        'CLI_NOT_FOUND',
        `Cannot annotate "${familiarName(reference)}": not in manifest list "${familiarName(name)}"`,
        {
          hint: `List the entries: tsbuild manifest inspect -v ${familiarName(name)}`,
        },
      )
    await lists.save(list)
    return 0
  },
})
