import { defineCommand } from '../../command.ts'
import { storeWork } from '../../server/store-work.ts'

/**
 * The process that prunes one of the server's stores: a job as JSON on standard input, its report as JSON on standard
 * output.
 */
export const pruneJob = defineCommand({
  usage: '',
  flags: {},
  positionals: { min: 0, max: 0 },
  async run({ io }) {
    const { servePruneJob } = await import('../../../server/index.ts')
    await servePruneJob(io, (root) => storeWork(root, io.env))
    return 0
  },
})
