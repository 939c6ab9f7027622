import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ParseResult, parseDockerfile, type SourceRange } from '../../parser/index.ts'

const root = resolve(import.meta.dirname, '../golden/parser')
const isUpdating = process.env['UPDATE_GOLDEN'] === '1'

/** Each folder has a Dockerfile and its expected ast.json, diagnostics.json, or (with warnings) both. */
describe('the golden Dockerfiles', () => {
  for (const name of readdirSync(root).sort()) {
    const folder = join(root, name)
    const result = parseDockerfile(readFileSync(join(folder, 'Dockerfile'), 'utf8'))
    if (isUpdating) update(folder, result)

    test(`${name} parses as recorded`, () => {
      expect(documentsOf(result)).toEqual(recorded(folder))
    })
  }
})

function documentsOf({ dockerfile, diagnostics }: ParseResult): Record<string, unknown> {
  return {
    ...(dockerfile !== undefined && { 'ast.json': readable(dockerfile) }),
    ...(diagnostics.length > 0 && { 'diagnostics.json': readable(diagnostics) }),
  }
}

function recorded(folder: string): Record<string, unknown> {
  const documents: Record<string, unknown> = {}
  for (const file of ['ast.json', 'diagnostics.json']) {
    if (existsSync(join(folder, file))) documents[file] = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  }
  return documents
}

function update(folder: string, result: ParseResult): void {
  const documents = documentsOf(result)
  for (const file of ['ast.json', 'diagnostics.json']) {
    const path = join(folder, file)
    if (documents[file] === undefined) rmSync(path, { force: true })
    else writeFileSync(path, `${JSON.stringify(documents[file], null, 2)}\n`)
  }
}

/** Plain JSON, with readable ranges: `line:column-line:column`. */
function readable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, item) => (/range$/i.test(key) ? rangeText(item) : item)))
}

function rangeText({ start, end }: SourceRange): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`
}
