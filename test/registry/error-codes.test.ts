import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const room = join(import.meta.dirname, '../../registry')

test('the README lists exactly the error codes', () => {
  const codes = (file: string, pattern: RegExp) =>
    [...readFileSync(join(room, file), 'utf8').matchAll(pattern)].map((match) => match[1]).sort()
  expect(codes('README.md', /^\| `(REGISTRY_\w+)`/gm)).toEqual(codes('errors.ts', /^ {2}\| '(REGISTRY_\w+)'/gm))
})
