import { resolve } from 'node:path'
import { usageError } from '../errors.ts'

/** One end of a copy. */
export type CopyPlace =
  | { readonly kind: 'container'; readonly container: string; readonly path: string; readonly said: string }
  /** Absolute, with the `/` or `/.` at its end that it had. */
  | { readonly kind: 'host'; readonly path: string }
  | { readonly kind: 'stream' }

/** SPEC: docker cp: what begins with `/` or `.` is the host's, even with a colon in it. */
export function parseCopyPlace(said: string, cwd: string, end: 'source' | 'destination'): CopyPlace {
  if (said === '') throw usageError(`Cannot copy: ${end} can not be empty`)
  if (said === '-') return { kind: 'stream' }
  const [container = '', ...rest] = said.split(':')
  if (rest.length === 0 || said.startsWith('/') || said.startsWith('.')) {
    return { kind: 'host', path: keepEnd(resolve(cwd, said), said) }
  }
  return { kind: 'container', container, path: rest.join(':'), said }
}

function keepEnd(path: string, said: string): string {
  if (/(^|\/)\.$/.test(said)) return path === '/' ? '/.' : `${path}/.`
  return said.endsWith('/') && path !== '/' ? `${path}/` : path
}
