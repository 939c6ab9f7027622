import { humanSize } from '../../notation/index.ts'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { usageError } from '../errors.ts'
import { parseFilters } from '../flags/filters.ts'
import { byteFlag } from '../flags/numbers.ts'
import { parseTime } from '../flags/times.ts'
import { collect } from '../images/collect.ts'
import { removedLines } from '../images/removed-lines.ts'
import { confirm } from '../terminal/ask.ts'

const flags = {
  all: { kind: 'bool', short: 'a', help: 'All images that no container was made of, not only those without a name' },
  force: { kind: 'bool', short: 'f', help: 'Do not ask' },
  filter: { kind: 'list', value: 'filter', help: 'until=time: only what was not used since' },
  'keep-storage': {
    kind: 'string',
    value: 'bytes',
    aliases: ['reserved-space', 'max-used-space'],
    help: 'Keep the build cache that was used last, up to this size',
  },
  volumes: { kind: 'bool', help: 'Anonymous volumes that no container has, too' },
} as const

export const prune = defineCommand({
  usage: '[OPTIONS]',
  flags,
  positionals: { min: 0, max: 0 },
  async run(call) {
    const { values, io } = call
    const until = parseFilters(values.filter, ['until']).get('until')?.at(-1)
    const usedBeforeMs = until === undefined ? undefined : parseTime(until, Date.now())
    const keepBytes = byteFlag('--keep-storage', values['keep-storage'])
    const images = values.all ? 'all images without at least one container associated to them' : 'all dangling images'
    if (values.volumes && until !== undefined)
      throw usageError('Cannot use "--volumes" with "--filter until=…": it is not known when a volume was last used')
    const volumes = values.volumes ? '  - all anonymous volumes not used by at least one container\n' : ''
    const warning = `This will remove:\n  - all stopped containers\n${volumes}  - ${images}\n  - the build cache\n`
    if (!values.force && !(await confirm(io, warning))) return 0
    const containers = await containersOf(call)
    const ended = await containers.prune(usedBeforeMs === undefined ? {} : { endedBeforeMs: usedBeforeMs })
    const unused = values.volumes ? await containers.volumes.prune() : { deleted: [], reclaimedBytes: 0 }
    const result = await collect(call, {
      danglingImages: true,
      allImages: values.all,
      buildCache: true,
      ...(usedBeforeMs === undefined ? {} : { usedBeforeMs }),
      ...(keepBytes === undefined ? {} : { keepBytes }),
    })
    if (ended.deleted.length > 0) io.stdout.write(`Deleted Containers:\n${ended.deleted.join('\n')}\n\n`)
    if (unused.deleted.length > 0) io.stdout.write(`Deleted Volumes:\n${unused.deleted.join('\n')}\n\n`)
    io.stdout.write(removedLines(result))
    const reclaimedBytes = ended.reclaimedBytes + unused.reclaimedBytes + result.reclaimedBytes
    io.stdout.write(`Total reclaimed space: ${humanSize(reclaimedBytes, 4)}\n`)
    return 0
  },
})
