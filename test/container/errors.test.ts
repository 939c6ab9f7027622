import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('the README lists exactly the error codes of containers', () => {
  const room = join(import.meta.dirname, '../../container')
  const codes = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, code]) => code).sort()
  const inCode = codes(readFileSync(join(room, 'contract/errors.ts'), 'utf8'), /\| '([A-Z_]+)'/g)
  const inReadme = codes(readFileSync(join(room, 'README.md'), 'utf8'), /^\| `([A-Z_]+)` \|/gm)
  expect(inReadme).toEqual(inCode)
})
