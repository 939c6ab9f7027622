import { excerpt, slsaPredicate } from '../../../builder/index.ts'
import { openEngine } from '../../../engine/index.ts'
import { defineCommand } from '../../command.ts'

/**
 * The process of one of the server's builds: a job as JSON on standard input, its events as lines of JSON on standard
 * output.
 */
export const buildJob = defineCommand({
  usage: '',
  flags: {},
  positionals: { min: 0, max: 0 },
  async run({ io, interrupt }) {
    const { serveBuildJob } = await import('../../../server/index.ts')
    return serveBuildJob(io, { openEngine, excerpt, slsaPredicate, signal: interrupt.signal })
  },
})
