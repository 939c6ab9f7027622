import { expect, test } from 'vitest'
import { spdxDocument } from '../../sbom/index.ts'

function supplierOf(supplier: string): unknown {
  const one = { type: 'deb', name: 'a', version: '1', locations: [], supplier } as const
  const image = { name: 'x', id: 'sha256:0', created: undefined, inventory: { packages: [one], unread: [] } }
  return JSON.parse(JSON.stringify(spdxDocument(image))).packages[1].supplier
}

test.each([
  ['A Person <a@example.org>', 'Organization: A Person (a@example.org)'],
  ['A (team) <a@example.org>', 'Organization: A team (a@example.org)'],
  ['A <b> <a@example.org>', 'Organization: A <b> (a@example.org)'],
  ['<a@example.org>', 'Organization: a@example.org'],
  ['A <()>', 'Organization: A <>'],
  ['()', undefined],
  ['Fedora Project', 'Organization: Fedora Project'],
  ['A <>', 'Organization: A <>'],
  ['A <a>b>', 'Organization: A <a>b>'],
  ['A <a> b', 'Organization: A <a> b'],
])('%s', (text, supplier) => {
  expect(supplierOf(text)).toBe(supplier)
})

test('a long run of blanks takes no longer than other text', () => {
  const text = `a${' '.repeat(500_000)}b`
  expect(supplierOf(text)).toBe(`Organization: ${text}`)
})
