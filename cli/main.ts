import type { EngineOptions } from '../builder/index.ts'
import { watchSignals } from './interrupt.ts'
import { runCli } from './run-cli.ts'
import { endingQuietly } from './terminal/closed-pipes.ts'

const interrupt = watchSignals()
const io = {
  // Each opens when first touched: a terminal or a pipe costs a millisecond of start-up.
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return endingQuietly(process.stdout)
  },
  get stderr() {
    return endingQuietly(process.stderr)
  },
  env: process.env,
  cwd: process.cwd(),
}
const openEngine = async (options: EngineOptions) => (await import('./program.ts')).openEngine(options)

runCli({ args: process.argv.slice(2), io, interrupt, openEngine }).then((code) => process.exit(code))
