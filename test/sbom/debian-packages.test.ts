import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inventoryOf, treeOf } from './inventory.ts'

test('every package that dpkg has installed on this machine is listed as in dpkg', async () => {
  const format = `-f=\${db:Status-Status} \${Package} \${Version} \${Architecture} \${source:Package} \${source:Version}\n`
  const rows = execFileSync('dpkg-query', ['-W', format], { encoding: 'utf8', maxBuffer: 64 << 20 }).split('\n')
  const installed = rows.filter((row) => row.startsWith('installed ')).map((row) => row.replace('installed ', ''))
  const tree = treeOf({
    'etc/os-release': readFileSync('/etc/os-release'),
    'var/lib/dpkg/status': readFileSync('/var/lib/dpkg/status'),
  })
  const { packages, unread } = await inventoryOf(tree)
  const listed = packages.map(
    ({ name, version, qualifiers, source }) => `${name} ${version} ${qualifiers?.['arch']} ${source}`,
  )
  expect(unread).toEqual([])
  expect(installed.length).toBeGreaterThan(50)
  expect([...listed].sort()).toEqual([...installed].sort())
})
