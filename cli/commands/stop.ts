import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { eachContainer } from '../each-name.ts'
import { integerFlag } from '../flags/numbers.ts'

const timeFlag = {
  kind: 'string',
  short: 't',
  value: 'int',
  aliases: ['timeout'],
  help: 'Seconds until it is killed (default 10, or its --stop-timeout)',
} as const

export const stop = stopCommand('stop')
export const restart = stopCommand('restart')

function stopCommand(action: 'stop' | 'restart') {
  return defineCommand({
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    flags: { time: timeFlag },
    positionals: { min: 1, max: Number.POSITIVE_INFINITY },
    completes: 'container',
    async run(call) {
      const seconds = integerFlag('--time', call.values.time)
      const containers = await containersOf(call)
      return eachContainer(call, (name) => containers[action](name, seconds, call.interrupt.signal))
    },
  })
}
