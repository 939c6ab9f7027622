import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const room = resolve(import.meta.dirname, '../../parser')

test('the README and the code have the same codes', () => {
  const sources = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  const inCode = sources.flatMap(
    (path) => readFileSync(join(room, path), 'utf8').match(/(?<=')PARSE_[A-Z_]+(?=')/g) ?? [],
  )
  const inReadme = readFileSync(join(room, 'README.md'), 'utf8').match(/(?<=^\| )PARSE_[A-Z_]+/gm) ?? []
  expect([...new Set(inReadme)].sort()).toEqual([...new Set(inCode)].sort())
})
