/**
 * Runs in a separate process: `store-child <root> <what>`. With KILL_AT=N the process kills itself, as `kill -9`
 * would, instead of making its N-th change to the filesystem.
 */
import { killAtChange } from './kill-at-change.ts'

killAtChange(Number(process.env['KILL_AT'] ?? 0))
const { openStore } = await import('../../layer-store/index.ts')
const { openNative } = await import('../../sandbox-native/driver/index.ts')
const { everyKindOfWork, storeSame } = await import('./store-work.ts')

const [root = '', what = ''] = process.argv.slice(2)
const store = await openStore(root, openNative().trees)

if (what === 'everything') {
  await everyKindOfWork(store)
} else if (what === 'same') {
  process.stdout.write('ready\n')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  process.stdout.write(`${JSON.stringify(await storeSame(store))}\n`)
  process.stdin.destroy()
} else if (what === 'hold') {
  await store.lock('shared')
  process.stdout.write('ready\n')
  setInterval(() => {}, 1000)
}
