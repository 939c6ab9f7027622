import { familiarName } from '../../../image-spec/index.ts'
import { defineCommand } from '../../command.ts'
import { eachName } from '../../each-name.ts'
import { listsOf, namedReference, requireList } from '../../images/manifest-flags.ts'

export const manifestRm = defineCommand({
  usage: 'MANIFEST_LIST [MANIFEST_LIST...]',
  flags: {},
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  notes: 'Removes local lists only. To delete a pushed list, use tsbuild image rm --remote.',
  async run(call) {
    const lists = await listsOf(call)
    return eachName(call, async (text) => {
      const name = namedReference(text)
      if (!(await lists.remove(name))) await requireList(lists, name)
      return `${familiarName(name)}\n`
    })
  },
})
