import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const door = join(import.meta.dirname, '../../registry/index.ts')

/** Every command loads the entry point, if only to parse a reference, and loading undici takes about 40 ms. */
test('the entry point loads undici and TLS trust on demand only', () => {
  const loaded = loadedBy(door)
  expect([...loaded].filter((name) => ['undici', 'node:tls'].includes(name))).toEqual([])
  const wire = loadedBy(join(dirname(door), 'transport/wire.ts'))
  expect(wire).toContain('undici')
  expect([...wire]).not.toContain('node:tls') // plain HTTP needs no TLS
})

/** Files and packages that a module imports statically. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const statements = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type)[^;']*?from '([^']+)'/gm)
  for (const [, name = ''] of statements) {
    if (name.startsWith('.')) loadedBy(resolve(dirname(file), name), seen)
    else seen.add(name)
  }
  return seen
}
