import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { echoEachName } from '../../each-name.ts'
import { exitCodes } from '../../exit-codes.ts'
import { integerFlag } from '../../flags/numbers.ts'

const flags = {
  signal: {
    kind: 'string',
    short: 's',
    value: 'signal',
    help: 'Signal to send',
    shownDefault: "SIGTERM, or the container's --stop-signal",
  },
  time: {
    kind: 'string',
    short: 't',
    value: 'int',
    aliases: ['timeout'],
    help: 'Seconds to wait before killing the container',
    shownDefault: '10, or its --stop-timeout',
  },
} as const

export const stop = stopCommand('stop')
export const restart = stopCommand('restart')

function stopCommand(action: 'stop' | 'restart') {
  return defineCommand({
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    flags,
    positionals: { min: 1, max: Number.POSITIVE_INFINITY },
    completes: 'container',
    exitCodeOfStart: exitCodes.failed,
    async run(call) {
      const request = { timeoutSeconds: integerFlag('--time', call.values.time), stopSignal: call.values.signal }
      const containers = await containersOf(call)
      return echoEachName(call, (name) => containers[action](name, request, call.interrupt.signal))
    },
  })
}
