import { expect, test } from 'vitest'
import { parseImageConfig, printImageConfig } from '../../image-spec/index.ts'

const layers = { type: 'layers', diff_ids: [`sha256:${'a'.repeat(64)}`] }

function parse(document: object) {
  return parseImageConfig(
    Buffer.from(JSON.stringify({ os: 'linux', architecture: 'arm64', rootfs: layers, ...document })),
  )
}

test('fields of the specification and of docker are kept, others dropped', () => {
  const config = {
    User: '1000:1000',
    Env: ['A=1'],
    ExposedPorts: { '80/tcp': {} },
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000_000 },
    OnBuild: ['RUN true'],
  }
  const parsed = parse({ variant: 'v8', config: { ...config, Hostname: 'x' }, docker_version: '1' })
  expect(parsed).toEqual({ os: 'linux', architecture: 'arm64', variant: 'v8', rootfs: layers, config })
})

test('null is an absent field', () => {
  expect(parse({ config: { Env: null, Labels: null }, history: null }).config).toEqual({})
})

test('times of the history are written as Go writes them', () => {
  const history = [{ created: '2026-01-31T12:00:00.500000000+00:00', created_by: 'RUN true', empty_layer: true }]
  expect(parse({ history }).history).toEqual([
    { created: '2026-01-31T12:00:00.5Z', created_by: 'RUN true', empty_layer: true },
  ])
})

test.each([
  [{ rootfs: { type: 'tree' } }, /"layers"/],
  [{ config: { Env: 'A=1' } }, /Env/],
  [{ rootfs: { type: 'layers', diff_ids: ['sha256:1'] } }, /diff_ids/],
  [{ os: 1 }, /os/],
])('%j is refused with the name of the field', (document, message) => {
  expect(() => parse(document)).toThrow(message)
})

test('fields are printed in order, with null for missing lists, and parse to the same', () => {
  const config = parse({ author: 'me', rootfs: { type: 'layers', diff_ids: [] } })
  const text = printImageConfig(config)
  expect(text).toBe(
    '{"architecture":"arm64","author":"me","created":null,"history":null,"os":"linux","rootfs":{"type":"layers","diff_ids":null}}',
  )
  expect(parseImageConfig(Buffer.from(text))).toEqual(config)
})
