import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { withFileErrorsSync } from '../files/file-errors.ts'
import { ownerState, temporaryName } from '../files/temporary-owner.ts'

/**
 * How long the first request for the store holds new users back. A collection that still waits asks again after three
 * times as long, and then for twice as long: builds that overlap without end are outlasted at last.
 */
const HOLD_BACK_MS = 20_000
const MAX_HOLD_BACK_MS = 320_000
const RENEW_AFTER = 3
const ROUND_MS = 50
const PREFIX = 'collect.'

/**
 * Asks new users of the store to hold back, so that a collection gets its turn when the present ones have ended, however
 * many follow. Bounded: a build of an hour delays neither the next builds nor the end of those that depend on them.
 */
export function askForTurn(root: string): { readonly withdraw: () => void } {
  const path = join(root, 'tmp', `${PREFIX}${temporaryName()}`)
  let [holdBackMs, timer]: [number, NodeJS.Timeout | undefined] = [HOLD_BACK_MS, undefined]
  const request = () => {
    try {
      writeFileSync(path, String(holdBackMs), { mode: 0o600 })
      utimesSync(path, new Date(), new Date())
    } catch {
      // A full disk: the collection waits without it.
    }
    timer = setTimeout(request, RENEW_AFTER * holdBackMs)
    holdBackMs = Math.min(2 * holdBackMs, MAX_HOLD_BACK_MS)
  }
  request()
  return {
    withdraw() {
      clearTimeout(timer)
      rmSync(path, { force: true })
    },
  }
}

/** Waits while a collection asks for the store. */
export async function giveWay(root: string): Promise<void> {
  while (isAsked(join(root, 'tmp'))) await pause(ROUND_MS)
}

function isAsked(folder: string): boolean {
  const names = withFileErrorsSync('lock the store', () => readdirSync(folder))
  const requests = names.filter((name) => name.startsWith(PREFIX) && ownerState(name) !== 'dead')
  return requests.some((name) => {
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    return found !== undefined && Date.now() - found.mtimeMs < holdBackOf(path)
  })
}

/** SECURITY: whatever the file contains, builds are held back for a bounded time. */
function holdBackOf(path: string): number {
  try {
    return Math.min(Number.parseInt(readFileSync(path, 'latin1'), 10) || HOLD_BACK_MS, MAX_HOLD_BACK_MS)
  } catch {
    return 0 // withdrawn meanwhile
  }
}
