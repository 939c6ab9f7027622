import type { EngineOptions } from '../engine/index.ts'
import { watchSignals } from './interrupt.ts'
import { runCli } from './run-cli.ts'
import { endingUnheard, endingWithReader } from './terminal/closed-pipes.ts'
import { currentDirectory } from './terminal/current-directory.ts'

const interrupt = watchSignals()
const io = {
  // Each opens when first touched: a terminal or a pipe costs a millisecond of start-up.
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return endingWithReader(process.stdout)
  },
  get stderr() {
    return endingUnheard(process.stderr)
  },
  env: process.env,
  get cwd() {
    return currentDirectory()
  },
}
const openEngine = async (options: EngineOptions) => (await import('./program.ts')).openEngine(options)

// A failure to write is told a turn later than the write.
const end = (code: number) => setImmediate(() => process.exit(code))
runCli({ args: process.argv.slice(2), io, interrupt, openEngine }).then(end)
