import { ContainerError } from './errors.ts'
import type { StoredContainer } from './stored-container.ts'

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Later values of one key win, the order of the first ones stays. `KEY` alone takes the caller's value, or is dropped. */
export function mergeEnv(
  lists: readonly (readonly string[])[],
  callers: Readonly<Record<string, string | undefined>>,
): string[] {
  const merged = new Map<string, string>()
  for (const entry of lists.flat()) {
    const [key = '', ...rest] = entry.split('=')
    if (key === '') {
      const message = `Cannot set the variable "${entry}": it has no name (KEY=value)`
      throw new ContainerError('CONTAINER_BAD_OPTION', message)
    }
    const value = entry.includes('=') ? rest.join('=') : callers[key]
    if (value === undefined) merged.delete(key)
    else merged.set(key, value)
  }
  return [...merged].map(([key, value]) => `${key}=${value}`)
}

/** What a process of the container gets: the basics that every container has, then what its image and user set. */
export function environmentOf(
  stored: Pick<StoredContainer, 'env' | 'hostname'>,
  own: {
    readonly terminal: boolean
    readonly extra?: readonly string[]
    readonly callers?: Readonly<Record<string, string | undefined>>
  },
): string[] {
  const basics = [DEFAULT_PATH, `HOSTNAME=${stored.hostname}`, ...(own.terminal ? ['TERM=xterm'] : [])]
  return mergeEnv([basics, stored.env, own.extra ?? []], own.callers ?? {})
}
