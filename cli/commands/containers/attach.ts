import { defineCommand } from '../../command.ts'
import { detachKeysFlag } from '../../containers/detach-keys-flag.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { endOf, noTerminal, reportDetach, sessionIo } from '../../containers/run-session.ts'

export const attach = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    'no-stdin': { kind: 'bool', help: 'Do not attach standard input' },
    'sig-proxy': { kind: 'bool', default: 'true', help: 'Proxy signals to the container' },
    'detach-keys': detachKeysFlag,
  },
  positionals: { min: 1, max: 1 },
  completes: 'container',
  async run(call) {
    const { values, positionals, io, interrupt } = call
    const containers = await containersOf(call)
    const interactive = !values['no-stdin']
    const [name = ''] = positionals
    const { terminal } = await containers.get(name)
    if (terminal && interactive && io.stdin.isTTY !== true)
      throw noTerminal(`attach to the terminal of container "${name}"`, 'Add --no-stdin')
    const proxies = values['sig-proxy'] && !terminal
    const session = await containers.attach(name, sessionIo(io, { ...values, 'sig-proxy': proxies, interactive }))
    if (proxies) interrupt.release()
    return endOf(session, interrupt, () => reportDetach(io))
  },
})
