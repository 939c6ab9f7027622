import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const room = join(import.meta.dirname, '..', '..', 'layer-store')

test('the README explains every error code, and no other', () => {
  const codesIn = (file: string) =>
    new Set([...readFileSync(join(room, file), 'utf8').matchAll(/['`](STORE_[A-Z_]+)['`]/g)].map((match) => match[1]))
  expect(codesIn('README.md')).toEqual(codesIn('errors.ts'))
})
