import { humanSize } from '../../builder/index.ts'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
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
    const warning = `This will remove:\n  - all stopped containers\n  - ${images}\n  - the build cache\n`
    if (!values.force && !(await confirm(io, warning))) return 0
    const containers = await containersOf(call)
    const { deleted } = await containers.prune(usedBeforeMs === undefined ? {} : { endedBeforeMs: usedBeforeMs })
    const result = await collect(call, {
      danglingImages: true,
      allImages: values.all,
      buildCache: true,
      ...(usedBeforeMs === undefined ? {} : { usedBeforeMs }),
      ...(keepBytes === undefined ? {} : { keepBytes }),
    })
    if (deleted.length > 0) io.stdout.write(`Deleted Containers:\n${deleted.join('\n')}\n\n`)
    io.stdout.write(removedLines(result))
    io.stdout.write(`Total reclaimed space: ${humanSize(result.reclaimedBytes, 4)}\n`)
    return 0
  },
})
