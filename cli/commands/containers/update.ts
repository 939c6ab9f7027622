import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { refusedFlags } from '../../containers/refused-flags.ts'
import { parseRestartFlag } from '../../containers/restart-flag.ts'
import { limitFlags } from '../../containers/run-flags.ts'
import { limitsOf } from '../../containers/run-spec.ts'
import { echoEachName } from '../../each-name.ts'
import { usageError } from '../../errors.ts'
import { exitCodes } from '../../exit-codes.ts'

export const update = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    ...limitFlags,
    'blkio-weight': refusedFlags['blkio-weight'],
    'cpu-rt-period': refusedFlags['cpu-rt-period'],
    'cpu-rt-runtime': refusedFlags['cpu-rt-runtime'],
    restart: {
      kind: 'string',
      value: 'policy',
      help: 'Restart policy: no, always, unless-stopped or on-failure[:max-retries]',
    },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  exitCodeOfFailure: exitCodes.failed,
  notes: 'Takes effect immediately in a running container and at later starts. Other settings stay as they are.',
  async run(call) {
    const { values } = call
    const limits = limitsOf(values)
    const restart = values.restart === undefined ? undefined : parseRestartFlag(values.restart)
    if (limits === undefined && restart === undefined) {
      throw usageError('Cannot update: you must provide one or more flags when using this command')
    }
    const request = { ...(limits !== undefined && { limits }), ...(restart !== undefined && { restart }) }
    const containers = await containersOf(call)
    return echoEachName(call, (name) => containers.update(name, request))
  },
})
