import { readFileSync } from 'node:fs'
import { isMissing } from './file-errors.ts'

let known: string | undefined

/** Identifies one boot of this machine: what was not flushed in an earlier one may be torn. */
export function bootId(): string {
  known ??= readBootId()
  return known
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll('-', '').trim().slice(0, 16)
  } catch (error) {
    if (isMissing(error)) return 'unknown' // a /proc of a sandbox: the store is trusted as it is
    throw error
  }
}
