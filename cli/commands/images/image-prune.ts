import { humanSize } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { pruneFilterFlag, pruneFilters } from '../../flags/prune-filters.ts'
import { collect, pruneWait, waitFlag } from '../../images/collect.ts'
import { keptImages } from '../../images/kept-images.ts'
import { removedLines } from '../../images/removed-lines.ts'
import { confirm } from '../../terminal/prompt.ts'

export const imagePrune = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    all: { kind: 'bool', short: 'a', help: 'Remove all images without a container, not just dangling ones' },
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
    wait: waitFlag,
    filter: pruneFilterFlag,
  },
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const filters = pruneFilters(values.filter)
    const what = values.all ? 'all images without at least one container associated to them' : 'all dangling images'
    if (!values.force && !(await confirm(io, `This will remove ${what}.`))) return 0
    const { store } = await call.engine()
    const result = await collect(
      call,
      {
        danglingImages: true,
        allImages: values.all,
        ...(filters.untilMs !== undefined && { usedBeforeMs: filters.untilMs }),
        keptImages: () => keptImages(store, filters),
      },
      pruneWait(call, values),
    )
    io.stdout.write(removedLines(result))
    io.stdout.write(`Total reclaimed space: ${humanSize(result.reclaimedBytes, 4)}\n`)
    return 0
  },
})
