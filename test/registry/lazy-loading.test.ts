import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const door = join(import.meta.dirname, '../../registry/index.ts')

/** Every command loads the door, if only to read a reference: undici costs some 40 ms. */
test('the door loads neither undici nor the TLS trust until they are needed', () => {
  const loaded = loadedBy(door)
  expect([...loaded].filter((name) => ['undici', 'node:tls'].includes(name))).toEqual([])
  const wire = loadedBy(join(dirname(door), 'transport/wire.ts'))
  expect(wire).toContain('undici')
  expect([...wire]).not.toContain('node:tls') // a registry that speaks plain HTTP needs none of it
})

/** Files and packages that a module's static imports bring along. */
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
