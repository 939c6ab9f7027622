import { setTimeout } from 'node:timers/promises'
import { isAlive, ownIdentity } from './process-identity.ts'

const LOOK_EVERY_MS = 5

/** Whether the process has exited, or does so now: it loses its namespaces shortly before it is seen as dead. */
export async function hasExited(
  { pid, startTicks }: { readonly pid: number; readonly startTicks: number },
  patienceMs = 200,
): Promise<boolean> {
  const identity = { ...ownIdentity(), pid, startTicks }
  for (let waitedMs = 0; isAlive(identity); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= patienceMs) return false
    await setTimeout(LOOK_EVERY_MS)
  }
  return true
}
