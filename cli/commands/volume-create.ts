import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { keyValues } from '../flags/key-values.ts'

export const volumeCreate = defineCommand({
  usage: '[OPTIONS] [VOLUME]',
  flags: {
    driver: { kind: 'string', short: 'd', default: 'local', choices: ['local'], help: 'Who keeps it' },
    label: { kind: 'list', value: 'key=value', help: 'Set a label' },
    opt: {
      kind: 'list',
      short: 'o',
      help: 'Options of the driver',
      hidden: true,
      refused: { reason: 'a volume is a directory; mount a device on the host and use -v', harmless: [] },
    },
  },
  positionals: { min: 0, max: 1 },
  async run(call) {
    const [name] = call.positionals
    const labels = keyValues('--label', call.values.label)
    const { volumes } = await containersOf(call)
    const volume = await volumes.create({ labels, ...(name === undefined ? {} : { name }) })
    call.io.stdout.write(`${volume.name}\n`)
    return 0
  },
})
