import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { createFlags } from '../containers/run-flags.ts'
import { runSpec } from '../containers/run-spec.ts'

export const create = defineCommand({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: createFlags,
  flagsFirst: true,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run(call) {
    const { values, positionals, io } = call
    const containers = await containersOf(call)
    const container = await containers.create(runSpec(values, positionals, io))
    if (values.cidfile !== undefined) writeFileSync(resolve(io.cwd, values.cidfile), container.id)
    io.stdout.write(`${container.id}\n`)
    return 0
  },
})
