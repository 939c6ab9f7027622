import { describe, expect, test } from 'vitest'
import { parseLoginServer } from '../../../registry/index.ts'
import { insecureTest, isLoopback } from '../../../registry/transport/hosts.ts'
import { findProxy } from '../../../registry/transport/proxy.ts'

describe('parseLoginServer()', () => {
  const hosts: readonly (readonly [text: string, host: string, repository?: string])[] = [
    ['docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['harbor.example.com', 'harbor.example.com'],
    ['https://harbor.example.com/', 'harbor.example.com'],
    ['http://localhost:5000/v2/', 'localhost:5000'],
    ['https://host.com/team', 'host.com'],
    ['host.com/team', 'host.com', 'team'],
    ['host.com:5000/team/app/', 'host.com:5000', 'team/app'],
    ['docker.io/team', 'docker.io', 'team'],
    ['localhost', 'localhost'],
    ['registry', 'registry'],
    ['[::1]:5000', '[::1]:5000'],
  ]
  for (const [text, host, repository] of hosts)
    test(`reads ${text}`, () => expect(parseLoginServer(text)).toEqual({ host, repository }))

  test.each(['host.com/app:1', 'host.com/Team', 'host.com/a//b'])('refuses %s, which is not a namespace', (text) => {
    expect(() => parseLoginServer(text)).toThrow(expect.objectContaining({ code: 'REGISTRY_BAD_REFERENCE' }))
  })

  for (const text of ['', 'https://', 'ho st', '../x', 'user:secret@host.com', '..', 'host.com:99999']) {
    test(`refuses ${JSON.stringify(text)} and shows no password`, () => {
      expect(() => parseLoginServer(text)).toThrow(/^Cannot use registry "(?!.*secret)/)
    })
  }
})

test('isLoopback() recognizes this machine, and not names with the same prefix', () => {
  for (const host of [
    'localhost',
    'localhost:5000',
    'LocalHost:5000',
    '127.0.0.1:1',
    '127.1.2.3',
    '[::1]:5000',
    '[0:0:0:0:0:0:0:1]:5000',
  ])
    expect(isLoopback(host)).toBe(true)
  for (const host of ['localhost.example.com', '127.0.0.1.example.com', '128.0.0.1', '[::2]:5000'])
    expect(isLoopback(host)).toBe(false)
})

test('insecure hosts match with their port, or on all ports without one', () => {
  const isInsecure = insecureTest(['a.io:5000', 'B.io', '*.Lab.io', 'd.io:443'])
  const insecure = ['d.io', 'd.io:443', 'a.io:5000', 'A.io:5000', 'b.io', 'B.IO:1', '127.0.0.1:5000', 'x.LAB.io']
  expect(insecure.filter((host) => !isInsecure(host))).toEqual([])
  expect(['a.io', 'a.io:5001', 'c.io', 'x.b.io'].some(isInsecure)).toBe(false)
})

describe('findProxy()', () => {
  const env = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'plain:80' }
  const cases: readonly (readonly [url: string, noProxy: string, proxy: string | undefined])[] = [
    ['https://a.io', '', 'http://proxy:3128/'],
    ['http://a.io', '', 'http://plain/'],
    ['https://localhost:5000', '', undefined],
    ['https://127.0.0.2', '', undefined],
    ['https://a.io', '*', undefined],
    ['https://a.io', 'a.io', undefined],
    ['https://x.a.io', 'a.io', undefined],
    ['https://x.a.io', '.a.io', undefined],
    ['https://x.a.io', '*.a.io', undefined],
    ['https://a.io', '.a.io', 'http://proxy:3128/'],
    ['https://aa.io', 'a.io', 'http://proxy:3128/'],
    ['https://a.io:444', 'a.io:443', 'http://proxy:3128/'],
    ['https://a.io', 'b.io, a.io:443', undefined],
    ['https://10.1.2.3', '10.0.0.0/8', undefined],
    ['https://11.1.2.3', '10.0.0.0/8', 'http://proxy:3128/'],
    ['https://[fd00::1]', 'fd00::/8', undefined],
    ['https://10.1.2.3', '10.0.0.0/99', 'http://proxy:3128/'],
    ['https://10.1.2.3', '10.1.2.3', undefined],
    ['https://10.1.2.3:444', '10.1.2.3:443', 'http://proxy:3128/'],
    ['https://10.1.2.3', '2.3', 'http://proxy:3128/'],
    ['https://[fd00::1]:5000', '[fd00:0::1]:5000', undefined],
  ]
  for (const [url, noProxy, proxy] of cases) {
    test(`${url} with NO_PROXY=${noProxy} uses ${proxy ?? 'no proxy'}`, () => {
      expect(findProxy(new URL(url), { ...env, NO_PROXY: noProxy })?.href).toBe(proxy)
    })
  }

  test('of two spellings of a variable, Go programs use the upper-case one', () => {
    const both = { HTTPS_PROXY: 'upper:1', https_proxy: 'lower:1', NO_PROXY: 'a.io', no_proxy: 'b.io' }
    expect(findProxy(new URL('https://b.io'), both)?.href).toBe('http://upper:1/')
    expect(findProxy(new URL('https://a.io'), both)).toBeUndefined()
  })

  test('an invalid proxy is an error that does not show it', () => {
    const env = { HTTPS_PROXY: 'http://user:secret@:bad' }
    expect(() => findProxy(new URL('https://a.io'), env)).toThrow(/^Cannot use the proxy in HTTPS_PROXY(?!.*secret)/)
  })
})
