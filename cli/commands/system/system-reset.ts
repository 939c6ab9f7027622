import { resetStore } from '../../../engine/index.ts'
import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { waitingFor } from '../../images/collect.ts'
import { confirm } from '../../terminal/prompt.ts'

export const systemReset = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    force: { kind: 'bool', short: 'f', help: 'Do not prompt for confirmation' },
    wait: { kind: 'bool', help: 'Wait until running builds have ended instead of failing' },
  },
  positionals: { min: 0, max: 0 },
  notes: 'Running containers are killed. A store of a non-root user is removed with the files of its subordinate IDs.',
  async run(call) {
    const { values, io } = call
    const engine = await call.engine()
    const { root } = engine.store
    const warning = `This will remove all containers, volumes, images and the build cache in ${root}.`
    if (!values.force && !(await confirm(io, warning))) return 0
    const { left } = await resetStore(
      engine,
      await containersOf(call),
      values.wait ? waitingFor(call) : { tryOnly: true },
    )
    if (left.length > 0)
      io.stderr.write(`WARNING: files that do not belong to the store were kept in ${root}: ${left.join(', ')}\n`)
    io.stdout.write(`Removed store ${root}\n`)
    return 0
  },
})
