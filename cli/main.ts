import type { EngineOptions } from '../engine/index.ts'
import { type ProcessEnd, processEnd } from './process-end.ts'
import { runCli } from './run-cli.ts'
import { currentDirectory } from './terminal/current-directory.ts'

const { streams, interrupt, end }: ProcessEnd = processEnd()
const io = {
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return streams.stdout
  },
  get stderr() {
    return streams.stderr
  },
  // SECURITY: names come from files and flags; a plain lookup would find `constructor`.
  env: Object.assign(Object.create(null), process.env),
  get cwd() {
    return currentDirectory()
  },
}
const openEngine = async (options: EngineOptions) => (await import('./program.ts')).openEngine(options)

runCli({ args: process.argv.slice(2), io, interrupt, openEngine }).then(end)
