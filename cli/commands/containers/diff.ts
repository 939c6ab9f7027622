import { cleanText } from '../../../builder/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'

export const diff = defineCommand({
  usage: 'CONTAINER',
  flags: {},
  positionals: { min: 1, max: 1 },
  completes: 'container',
  notes: 'A: added, C: changed, D: deleted.',
  async run(call) {
    const changes = await (await containersOf(call)).diff(call.positionals[0] ?? '', call.interrupt.signal)
    call.io.stdout.write(changes.map(({ kind, path }) => `${kind} ${cleanText(path).replaceAll('\n', ' ')}\n`).join(''))
    return 0
  },
})
