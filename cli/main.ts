import { setMaxListeners } from 'node:events'
import type { EngineOptions } from '../engine/index.ts'
import { exitCodes } from './exit-codes.ts'
import { type ProcessEnd, processEnd } from './process-end.ts'
import { reportFailure, runCli } from './run-cli.ts'
import { currentDirectory } from './terminal/current-directory.ts'
import { standardInput } from './terminal/standard-input.ts'

// A umask that denies access to the owner would create a store that this user cannot read.
process.umask(process.umask(0o077) & 0o077)

// All concurrent steps and transfers listen to one signal; node would print a warning about their number.
setMaxListeners(0)

const { streams, interrupt, end }: ProcessEnd = processEnd()
const io = {
  get stdin() {
    return standardInput()
  },
  get stdout() {
    return streams.stdout
  },
  get stderr() {
    return streams.stderr
  },
  // SECURITY: names come from files and flags; an ordinary object would contain `constructor`.
  env: Object.assign(Object.create(null), process.env),
  get cwd() {
    return currentDirectory()
  },
}
const openEngine = async (options: EngineOptions) => (await import('./program.ts')).openEngine(options)

const args = process.argv.slice(2)

// Errors that no caller can catch, such as an exception in a listener. The state is unknown, therefore the process exits.
process.once('uncaughtException', (error) => {
  process.on('uncaughtException', () => {})
  reportFailure(error, { args, io })
    .catch(() => streams.stderr.write(`ERROR: ${String(error)}\n`))
    .then(() => end(exitCodes.internal))
})
runCli({ args, io, interrupt, openEngine }).then(end)
