import type { Engine, EngineOptions } from '../builder/index.ts'
import { watchSignals } from './interrupt.ts'
import { runCli } from './run-cli.ts'

const interrupt = watchSignals()
const io = {
  // Each opens when first touched: a terminal or a pipe costs a millisecond of start-up.
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return process.stdout
  },
  get stderr() {
    return process.stderr
  },
  env: process.env,
  cwd: process.cwd(),
}
/** The engine's code is loaded by the commands that need it. */
async function openEngine(options: EngineOptions): Promise<Engine> {
  return (await import('../builder/index.ts')).openEngine(options)
}

runCli({ args: process.argv.slice(2), io, interrupt, openEngine }).then((code) => process.exit(code))
