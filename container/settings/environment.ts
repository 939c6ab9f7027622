import { splitPair } from '../../notation/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { StoredContainer } from '../state/stored-container.ts'

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

type CallersEnvironment = Readonly<Record<string, string | undefined>>

/**
 * Sets `KEY` without a value to the caller's value, and keeps it if the caller has none. SECURITY: only for the user's
 * own flags; an image may name any variable (test/attack/processes/callers-environment.test.ts).
 */
export function withCallersValues(written: readonly string[], callers: CallersEnvironment): readonly string[] {
  return written.map((entry) => {
    const value = entry.includes('=') ? undefined : callers[entry]
    return value === undefined ? entry : `${entry}=${value}`
  })
}

/** For each key the last value wins, at its first position. `KEY` alone unsets it, as in docker. */
export function mergeEnv(lists: readonly (readonly string[])[]): string[] {
  const merged = new Map<string, string>()
  for (const entry of lists.flat()) {
    const [key, value] = splitPair(entry)
    if (key === '') {
      const message = `Cannot set the variable "${entry}": it has no name (expected KEY=value)`
      throw new ContainerError('CONTAINER_BAD_OPTION', message)
    }
    if (value === undefined) merged.delete(key)
    else merged.set(key, entry)
  }
  return [...merged.values()]
}

/**
 * The environment of a process in the container: variables that every container has, then those of its image and user.
 */
export function environmentOf(
  stored: Pick<StoredContainer, 'env' | 'hostname'>,
  own: { readonly terminal: boolean; readonly extra?: readonly string[] },
): string[] {
  const basics = [DEFAULT_PATH, `HOSTNAME=${stored.hostname}`, ...(own.terminal ? ['TERM=xterm'] : [])]
  return mergeEnv([basics, stored.env, own.extra ?? []])
}
