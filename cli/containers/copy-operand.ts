import { resolve } from 'node:path'
import { usageError } from '../errors.ts'

/** One end of a copy. */
export type CopyOperand =
  | { readonly kind: 'container'; readonly container: string; readonly path: string; readonly text: string }
  /** Absolute, with a trailing `/` or `/.` if there was one. */
  | { readonly kind: 'host'; readonly path: string }
  | { readonly kind: 'stream' }

/** SPEC: docker cp: a path that begins with `/` or `.` is on the host, even if it contains a colon. */
export function parseCopyOperand(text: string, cwd: string, end: 'source' | 'destination'): CopyOperand {
  if (text === '') throw usageError(`Cannot copy: ${end} can not be empty`)
  if (text === '-') return { kind: 'stream' }
  const [container = '', ...rest] = text.split(':')
  if (rest.length === 0 || text.startsWith('/') || text.startsWith('.')) {
    return { kind: 'host', path: keepEnd(resolve(cwd, text), text) }
  }
  return { kind: 'container', container, path: rest.join(':'), text }
}

function keepEnd(path: string, text: string): string {
  if (/(^|\/)\.$/.test(text)) return path === '/' ? '/.' : `${path}/.`
  return text.endsWith('/') && path !== '/' ? `${path}/` : path
}
