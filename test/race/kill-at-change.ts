import fs from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const CHANGES = [
  'renameSync',
  'linkSync',
  'mkdirSync',
  'rmdirSync',
  'rmSync',
  'writeFileSync',
  'fsyncSync',
  'appendFileSync',
  'ftruncateSync',
  'unlinkSync',
]
const PROMISED_CHANGES = ['rename', 'rm', 'open', 'writeFile', 'mkdir']

/** Kills the process before its N-th change, or in the middle of it if it is a write. */
export function killAtChange(at: number): void {
  let count = 0
  const next = (name: string, args: readonly unknown[]) => {
    count += 1
    if (count !== at) return
    const [path, bytes] = args
    // Files of the kernel accept a whole value or none.
    if (name === 'writeFileSync' && typeof bytes === 'string' && !String(path).startsWith('/sys/')) {
      fs.appendFileSync(typeof path === 'number' ? path : String(path), bytes.slice(0, bytes.length / 2)) // torn
    }
    process.kill(process.pid, 'SIGKILL')
  }
  for (const name of CHANGES) wrap(fs, name, next)
  for (const name of PROMISED_CHANGES) wrap(fsPromises, name, next)
  syncBuiltinESMExports()
}

function wrap(module: object, name: string, next: (name: string, args: readonly unknown[]) => void): void {
  const original: unknown = Reflect.get(module, name)
  if (typeof original !== 'function') throw new Error(`no ${name}`)
  Reflect.set(module, name, (...args: unknown[]) => {
    next(name, args)
    return original.apply(module, args)
  })
}
