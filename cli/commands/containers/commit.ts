import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { exitCodes } from '../../exit-codes.ts'

export const commit = defineCommand({
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  flags: {
    author: { kind: 'string', short: 'a', help: 'Author of the image' },
    change: { kind: 'list', short: 'c', help: 'Apply a Dockerfile instruction, such as \'CMD ["top"]\'' },
    message: { kind: 'string', short: 'm', help: 'Commit message' },
    pause: { kind: 'bool', short: 'p', default: 'true', help: 'Pause the container during the commit' },
    'no-pause': { kind: 'bool', help: 'Do not pause the container during the commit' },
  },
  positionals: { min: 1, max: 2 },
  completes: 'container',
  exitCodeOfFailure: exitCodes.failed,
  notes: 'The contents of volumes and other mounts are not committed.',
  async run(call) {
    const { values, positionals, io } = call
    const [container = '', reference] = positionals
    const containers = await containersOf(call)
    const request = {
      changes: values.change,
      pause: values.pause && !values['no-pause'],
      ...(reference !== undefined && { reference }),
      ...(values.author !== undefined && { author: values.author }),
      ...(values.message !== undefined && { message: values.message }),
    }
    const id = await containers.commit(container, request, call.interrupt.signal)
    io.stdout.write(`${id}\n`)
    return 0
  },
})
