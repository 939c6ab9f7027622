import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { refusedFlags } from '../../containers/refused-flags.ts'
import { eachName, unlessMissing } from '../../each-name.ts'

export const rm = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Force removal of a running or damaged container (SIGKILL)' },
    link: { ...refusedFlags.link, kind: 'bool', short: 'l' },
    volumes: { kind: 'bool', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  async run(call) {
    const { force, volumes } = call.values
    const containers = await containersOf(call)
    return eachName(call, (name) => {
      const remove = async () => {
        await containers.remove(name, { force, volumes })
        return `${name}\n`
      }
      return force ? unlessMissing(call.io, remove) : remove()
    })
  },
})
