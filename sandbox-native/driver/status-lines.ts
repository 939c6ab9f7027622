import type { Readable } from 'node:stream'
import { SandboxError } from './errors.ts'
import type { Status } from './protocol.ts'

const KINDS: Readonly<Record<Status['kind'], true>> = {
  started: true,
  network: true,
  progress: true,
  digested: true,
  warning: true,
  exited: true,
  result: true,
  failed: true,
}

/** Calls back for each status line of the stream; an invalid line calls `onError`. */
export function readStatusLines(
  stream: Readable,
  onStatus: (status: Status) => void,
  onError: (error: Error) => void,
): void {
  let rest: string[] = []
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    rest.push(text)
    if (!text.includes('\n')) return // a line may have megabytes: it is put together once
    const lines = rest.join('').split('\n')
    rest = [lines.pop() ?? '']
    try {
      for (const line of lines) onStatus(parseStatus(line))
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  })
  stream.on('error', onError)
}

function parseStatus(line: string): Status {
  const document: unknown = parseJson(line)
  if (isStatus(document)) return document
  throw new SandboxError('SANDBOX_PROTOCOL', `Cannot read status line "${line.slice(0, 200)}": not a known status`)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The binary is of the same version as this file (it refuses requests of another one), so the kind determines the rest. */
function isStatus(document: unknown): document is Status {
  if (typeof document !== 'object' || document === null || !('kind' in document)) return false
  return typeof document.kind === 'string' && Object.hasOwn(KINDS, document.kind)
}
