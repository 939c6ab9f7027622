import { renderError } from '../../../builder/index.ts'
import { ContainerError } from '../../../container/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { refusedFlags } from '../../containers/refused-flags.ts'
import { eachContainer, eachName } from '../../each-name.ts'

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
    const remove = (name: string) => containers.remove(name, { force, volumes })
    if (!force) return eachContainer(call, remove)
    return eachName(call, async (name) => {
      try {
        await remove(name)
        return `${name}\n`
      } catch (error) {
        if (!isMissing(error)) throw error
        call.io.stderr.write(renderError(error)) // what was to be gone is gone, as docker has it
        return ''
      }
    })
  },
})

function isMissing(error: unknown): boolean {
  return error instanceof ContainerError && error.code === 'CONTAINER_MISSING'
}
