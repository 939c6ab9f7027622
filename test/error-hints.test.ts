import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..')
const ROOMS = [
  'image-spec',
  'notation',
  'parser',
  'images',
  'signing',
  'builder',
  'layer-store',
  'registry',
  'container',
  'engine',
  'cli',
  'server',
  'sandbox-native/driver',
]

const NAMED = 'the message names what is needed instead, in brackets'
const INVALID_INPUT =
  'the error is in what another party sent: the message names it, and the caller can do nothing about it'
const CAUSE = 'the cause in the message names what the system refused'
const REQUESTED = 'requested by the user'

/** Errors that occur without a hint, and why none would help. */
const WITHOUT_HINT: Readonly<Record<string, string>> = {
  ARCHIVE_TOO_LARGE: 'a limit against hostile archives',
  ARCHIVE_WRITE_FAILED: CAUSE,
  BUILD_CANCELLED: REQUESTED,
  BUILD_CONTEXT_BAD: NAMED,
  BUILD_CONTEXT_MISSING: NAMED,
  BUILD_NOT_SUPPORTED: NAMED,
  BUILD_REFUSED: NAMED,
  BUILD_SECRET_MISSING: NAMED,
  CACHE_READ_FAILED: INVALID_INPUT,
  CACHE_WRITE_FAILED: CAUSE,
  CLI_INPUT_MISSING: CAUSE,
  CLI_NEEDS_TERMINAL: NAMED,
  CLI_NOT_FOUND: NAMED,
  CLI_OUTPUT_FAILED: CAUSE,
  CLI_UNSUPPORTED: NAMED,
  CONTAINER_BAD_OPTION: NAMED,
  CONTAINER_BAD_STATE: NAMED,
  CONTAINER_BAD_SYNTAX: NAMED,
  CONTAINER_MISSING: NAMED,
  CONTAINER_NOT_RUNNING: NAMED,
  REGISTRY_BAD_CREDENTIALS: NAMED,
  REGISTRY_BAD_REFERENCE: NAMED,
  REGISTRY_BAD_RESPONSE: INVALID_INPUT,
  REGISTRY_DIGEST_MISMATCH: INVALID_INPUT,
  REGISTRY_UNAVAILABLE: CAUSE,
  SANDBOX_ABORTED: REQUESTED,
  SANDBOX_CRASHED: 'the reason is in the log of the supervisor',
  SANDBOX_PROTOCOL: 'a bug in tsbuild',
  STORE_BAD_DIGEST: NAMED,
  STORE_BAD_DOCUMENT: INVALID_INPUT,
  STORE_BLOB_MISSING: NAMED,
  STORE_DIGEST_MISMATCH: INVALID_INPUT,
  STORE_IMAGE_MISSING: NAMED,
  STORE_IO: CAUSE,
  STORE_SIZE_MISMATCH: NAMED,
}

test('every error has a hint, or a reason why it has none', () => {
  const found = new Set<string>()
  for (const file of ROOMS.flatMap(sourcesOf)) {
    const text = readFileSync(file, 'utf8')
    for (const match of text.matchAll(/\bnew \w*Error\(\s*'([A-Z]+_[A-Z_]+)'/g)) {
      if (!/\bhint\b/.test(callAt(text, match.index))) found.add(match[1] ?? '')
    }
  }
  expect([...found].sort()).toEqual(Object.keys(WITHOUT_HINT))
})

function sourcesOf(room: string): readonly string[] {
  const names = readdirSync(join(repository, room), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(repository, room, name))
}

/** The text of a call up to its closing parenthesis; parentheses in messages are balanced. */
function callAt(text: string, start: number): string {
  let depth = 0
  for (let at = text.indexOf('(', start); at < text.length; at += 1) {
    if (text[at] === '(') depth += 1
    if (text[at] === ')') depth -= 1
    if (depth === 0) return text.slice(start, at)
  }
  return text.slice(start)
}
