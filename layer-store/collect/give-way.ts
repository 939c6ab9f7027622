import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ownerState, temporaryName } from '../files/temporary-owner.ts'

/** How long one request for the store holds new users back, and how often a collection that waits renews it. */
const HOLD_BACK_MS = 20_000
const RENEW_MS = 60_000
const ROUND_MS = 50
const PREFIX = 'collect.'

/**
 * Asks new users of the store to hold back, so that a collection gets its turn when the present ones have ended, however
 * many follow. Bounded: a build of an hour delays neither the next builds nor the end of those that depend on them.
 */
export function askForTurn(root: string): { readonly withdraw: () => void } {
  const path = join(root, 'tmp', `${PREFIX}${temporaryName()}`)
  const request = () => {
    try {
      writeFileSync(path, '', { mode: 0o600 })
      utimesSync(path, new Date(), new Date())
    } catch {
      // A full disk: the collection waits without it.
    }
  }
  request()
  const timer = setInterval(request, RENEW_MS)
  return {
    withdraw() {
      clearInterval(timer)
      rmSync(path, { force: true })
    },
  }
}

/** Waits while a collection asks for the store. */
export async function giveWay(root: string): Promise<void> {
  while (isAsked(join(root, 'tmp'))) await pause(ROUND_MS)
}

function isAsked(folder: string): boolean {
  const requests = readdirSync(folder).filter((name) => name.startsWith(PREFIX) && ownerState(name) !== 'dead')
  return requests.some((name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false })
    return found !== undefined && Date.now() - found.mtimeMs < HOLD_BACK_MS
  })
}
