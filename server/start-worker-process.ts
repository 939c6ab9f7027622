import { pino } from 'pino'
import { checkStepNetwork } from './check-step-network.ts'
import { createServerDirectories } from './create-server-directories.ts'
import { ServerError } from './errors.ts'
import { openState } from './open-state.ts'
import { type ServerOptions, workerContext } from './start-server.ts'
import { checkBuildUsers } from './worker/build-users.ts'
import { startWorker } from './worker/start-worker.ts'

/**
 * Starts all parts of `tsbuild worker`: builds for a server on another machine, which shares only the database with it.
 */
export async function startWorkerProcess(
  options: Pick<ServerOptions, 'config' | 'entry' | 'lockFile' | 'log'>,
): Promise<{ stop(): Promise<void> }> {
  const { config, log } = options
  if (config.database === 'embedded') {
    throw new ServerError('SERVER_BAD_CONFIG', 'Cannot start a worker: "database" is embedded', {
      hint: "Specify the server's PostgreSQL: --database postgres://…",
    })
  }
  const logger = pino({ level: config.logLevel, base: null }, log)
  await checkStepNetwork(config)
  checkBuildUsers(config)
  createServerDirectories(config)
  const state = await openState(config, { createsKey: false, supervises: false, logger })
  const worker = await startWorker(await workerContext(state, options, logger))
  return {
    stop: async () => {
      await worker.drain()
      await state.close()
    },
  }
}
