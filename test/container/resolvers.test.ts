import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { RunSpec } from '../../container/index.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

/** The lines of /etc/resolv.conf on the host's network, by their first word. */
async function resolvers(spec: Partial<RunSpec>): Promise<Readonly<Record<string, readonly string[]>>> {
  const command = ['cat', '/etc/resolv.conf']
  const { stdout } = await runToEnd(engine.containers, { network: 'host', autoRemove: true, command, ...spec })
  return byWord(stdout)
}

function byWord(text: string): Record<string, string[]> {
  const found: Record<string, string[]> = { nameserver: [], search: [], options: [] }
  for (const line of text.split('\n')) {
    const [word = '', ...rest] = line.split(/\s+/)
    found[word]?.push(rest.join(' '))
  }
  return found
}

const ofHost = byWord(readFileSync('/etc/resolv.conf', 'utf8'))

test('are the host’s without a flag', async () => {
  expect(await resolvers({})).toEqual(ofHost)
})

test('a flag replaces only its own setting', async () => {
  expect(await resolvers({ dnsSearch: ['one.example', 'two.example'] })).toEqual({
    ...ofHost,
    search: ['one.example two.example'],
  })
  expect(await resolvers({ dnsSearch: ['.'] })).toEqual({ ...ofHost, search: [] })
  expect(await resolvers({ dnsOptions: ['ndots:3'] })).toEqual({ ...ofHost, options: ['ndots:3'] })
  expect(await resolvers({ dns: ['192.0.2.1', '2001:db8::1'] })).toEqual({
    ...ofHost,
    nameserver: ['192.0.2.1', '2001:db8::1'],
  })
})

const refused: readonly (readonly [string, Partial<RunSpec>])[] = [
  ['CONTAINER_BAD_SYNTAX', { dns: ['ns.example'] }],
  ['CONTAINER_BAD_OPTION', { dnsSearch: ['a\nnameserver 192.0.2.9'] }],
  ['CONTAINER_BAD_OPTION', { dnsOptions: ['a b'] }],
]
test.each(refused)('an invalid address, or more than one word, is refused: %s', async (code, spec) => {
  await expect(resolvers(spec)).rejects.toMatchObject({ code })
})
