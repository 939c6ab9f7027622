import { defineCommand } from '../../command.ts'
import { withCidFile } from '../../containers/cid-file.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { createFlags } from '../../containers/run-flags.ts'
import { runSpec } from '../../containers/run-spec.ts'
import { exitCodes } from '../../exit-codes.ts'

export const create = defineCommand({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: createFlags,
  flagsFirst: true,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  exitCodeOfFailure: exitCodes.failed,
  exitCodeOfMistake: exitCodes.internal,
  async run(call) {
    const { values, positionals, io } = call
    const containers = await containersOf(call, { quiet: values.quiet })
    const spec = await runSpec(values, positionals, call)
    const create = () => containers.create(spec)
    const container = await withCidFile({ file: values.cidfile, io }, create, ({ id }) => id)
    io.stdout.write(`${container.id}\n`)
    return 0
  },
})
