import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const room = join(import.meta.dirname, '../../registry')

test('every error code stands in the README, and no other', () => {
  const codes = (file: string, pattern: RegExp) =>
    [...readFileSync(join(room, file), 'utf8').matchAll(pattern)].map((match) => match[1]).sort()
  expect(codes('README.md', /^\| `(REGISTRY_\w+)`/gm)).toEqual(codes('errors.ts', /^ {2}\| '(REGISTRY_\w+)'/gm))
})
