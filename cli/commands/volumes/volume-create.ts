import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { usageError } from '../../errors.ts'
import { exitCodes } from '../../exit-codes.ts'
import { keyValues, labelValues } from '../../flags/key-values.ts'

export const volumeCreate = defineCommand({
  usage: '[OPTIONS] [VOLUME]',
  flags: {
    driver: { kind: 'string', short: 'd', default: 'local', choices: ['local'], help: 'Volume driver' },
    name: { kind: 'string', help: 'Volume name (as in older versions of docker)' },
    label: { kind: 'list', value: 'key=value', help: 'Set metadata' },
    opt: { kind: 'list', short: 'o', value: 'key=value', help: 'Driver options: type, device and o (see below)' },
  },
  positionals: { min: 0, max: 1 },
  exitCodeOfFailure: exitCodes.failed,
  notes: `Without options a volume is a directory in the store. "-o type=none -o o=bind -o device=/directory" mounts a directory of this machine (o=bind,ro: read-only). "-o type=tmpfs -o device=tmpfs -o o=size=64m,mode=1777,uid=1000" mounts a tmpfs, which is empty at each start and can be used by one container at a time. To use any other filesystem, mount it on this machine and bind its directory.`,
  async run(call) {
    const [given] = call.positionals
    if (given !== undefined && call.values.name !== undefined)
      throw usageError('Cannot create a volume: conflicting options: either specify --name or provide positional arg')
    const name = given ?? call.values.name
    const labels = labelValues('--label', call.values.label)
    const { volumes } = await containersOf(call)
    const options = keyValues('--opt', call.values.opt)
    const volume = await volumes.create({ labels, options, ...(name !== undefined && { name }) })
    call.io.stdout.write(`${volume.name}\n`)
    return 0
  },
})
