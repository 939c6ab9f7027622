import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const room = join(import.meta.dirname, '../../sandbox-native')

test('PROTOCOL.md lists exactly the error codes of the sandbox', () => {
  const listed = readFileSync(join(room, 'PROTOCOL.md'), 'utf8').matchAll(/^\| `(SANDBOX_[A-Z_]+)` \|/gm)
  const used = ['crates', 'driver'].flatMap((folder) => sources(join(room, folder))).flatMap(codesOf)
  expect([...listed].map((match) => match[1] ?? '').sort()).toEqual([...new Set(used)].sort())
})

function sources(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

function codesOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/["'](SANDBOX_[A-Z_]+)["']/g)].map((match) => match[1] ?? '')
}
