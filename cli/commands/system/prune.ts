import { humanSize } from '../../../notation/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { usageError } from '../../errors.ts'
import { byteFlag } from '../../flags/numbers.ts'
import { pruneFilterFlag, pruneFilters } from '../../flags/prune-filters.ts'
import { collect, pruneWait, waitFlag } from '../../images/collect.ts'
import { keptImages } from '../../images/kept-images.ts'
import { removedLines } from '../../images/removed-lines.ts'
import { confirm } from '../../terminal/prompt.ts'

const flags = {
  all: { kind: 'bool', short: 'a', help: 'Remove all images without a container, not just dangling ones' },
  force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
  wait: waitFlag,
  filter: pruneFilterFlag,
  'keep-storage': {
    kind: 'string',
    value: 'bytes',
    aliases: ['reserved-space', 'max-used-space'],
    help: 'Keep the most recently used build cache, up to this size',
  },
  volumes: { kind: 'bool', help: 'Also remove unused anonymous volumes' },
} as const

export const prune = defineCommand({
  usage: '[OPTIONS]',
  flags,
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const filters = pruneFilters(values.filter)
    const { untilMs, labels, withoutLabels } = filters
    const keepBytes = byteFlag('--keep-storage', values['keep-storage'])
    if (values.volumes && untilMs !== undefined)
      throw usageError(
        'Cannot use "--volumes" with "--filter until=…": the store does not record when a volume was last used',
      )
    // The build cache has no labels.
    const buildCache = labels.length + withoutLabels.length === 0
    if (!values.force && !(await confirm(io, warningFor(values, buildCache)))) return 0
    const containers = await containersOf(call)
    const until = { ...(untilMs !== undefined && { endedBeforeMs: untilMs }) }
    const ended = await containers.prune({ labels, withoutLabels, ...until })
    if (ended.deleted.length > 0) io.stdout.write(`Deleted Containers:\n${ended.deleted.join('\n')}\n\n`)
    const unused = values.volumes
      ? await containers.volumes.prune({ labels, withoutLabels })
      : { deleted: [], reclaimedBytes: 0 }
    if (unused.deleted.length > 0) io.stdout.write(`Deleted Volumes:\n${unused.deleted.join('\n')}\n\n`)
    const { store } = await call.engine()
    const result = await collect(
      call,
      {
        danglingImages: true,
        allImages: values.all,
        buildCache,
        keptImages: () => keptImages(store, filters),
        ...(untilMs !== undefined && { usedBeforeMs: untilMs }),
        ...(keepBytes !== undefined && { keepBytes }),
      },
      pruneWait(call, values),
    )
    io.stdout.write(removedLines(result))
    const reclaimedBytes = ended.reclaimedBytes + unused.reclaimedBytes + result.reclaimedBytes
    io.stdout.write(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}\n`)
    return 0
  },
})

function warningFor(
  { all, volumes }: { readonly all: boolean; readonly volumes: boolean },
  buildCache: boolean,
): string {
  const lines = [
    'all stopped containers',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    ...(buildCache ? ['the build cache'] : []),
  ]
  return `This will remove:\n${lines.map((line) => `  - ${line}\n`).join('')}`
}
