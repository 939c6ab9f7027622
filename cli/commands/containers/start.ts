import { defineCommand } from '../../command.ts'
import { detachKeysFlag } from '../../containers/detach-keys-flag.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { endOf, sessionIo } from '../../containers/run-session.ts'
import { echoEachName } from '../../each-name.ts'
import { usageError } from '../../errors.ts'
import { exitCodes } from '../../exit-codes.ts'

export const start = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    attach: { kind: 'bool', short: 'a', help: 'Attach standard output and error, and forward signals' },
    interactive: { kind: 'bool', short: 'i', help: 'Keep standard input open' },
    'detach-keys': detachKeysFlag,
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  exitCodeOfFailure: exitCodes.failed,
  exitCodeOfStart: exitCodes.failed,
  async run(call) {
    const { values, positionals, io, interrupt } = call
    const containers = await containersOf(call)
    if (!values.attach && !values.interactive)
      return echoEachName(call, (name) => containers.start(name, undefined, interrupt.signal))
    if (positionals.length > 1) throw usageError('Cannot attach to several containers at once')
    const attached = sessionIo(io, { ...values, 'sig-proxy': true })
    const session = await containers.start(positionals[0] ?? '', attached, interrupt.signal)
    interrupt.release()
    return endOf(session, interrupt)
  },
})
