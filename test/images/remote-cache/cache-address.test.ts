import { expect, test } from 'vitest'
import { ghaAddress, localAddress, parseAddress, s3Address } from '../../../images/remote-cache/cache-address.ts'
import type { S3CacheLocation } from '../../../images/remote-cache/cache-location.ts'

const bucket: S3CacheLocation = {
  type: 's3',
  bucket: 'builds',
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1:9000',
  pathStyle: true,
  prefix: 'ci/',
  blobsPrefix: 'blobs/',
  manifestsPrefix: 'manifests/',
  names: ['app', 'main'],
  touchRefreshMs: 60_000,
}

test('the address of a bucket has no credentials', () => {
  const address = s3Address({ ...bucket, credentials: { accessKeyId: 'AKIA', secretAccessKey: 'hidden' } })
  expect(address).not.toContain('hidden')
  expect(parseAddress(address, {})).toEqual({ ...bucket, touchRefreshMs: Number.POSITIVE_INFINITY })
})

test("the address of GitHub's service has no token, since the job provides it", () => {
  const address = ghaAddress({ type: 'gha', url: 'https://results.example/', scope: 'main', token: 'hidden' })
  expect(address).not.toContain('hidden')
  expect(parseAddress(address, { ACTIONS_RUNTIME_TOKEN: 'of this job' })).toEqual({
    type: 'gha',
    url: 'https://results.example/',
    scope: 'main',
    token: 'of this job',
  })
})

test('the address of a layout is its directory', () => {
  expect(parseAddress(localAddress('/ci/cache:1'), {})).toEqual({ type: 'local', directory: '/ci/cache:1' })
})

test.each(['s3:{}', 's3:{"bucket":7}', 'gha:[]', 'gha:{"url":1}', 'ftp:host', 'nothing'])(
  'address %s is refused',
  (address) => {
    expect(() => parseAddress(address, {})).toThrow(/^Cannot /)
  },
)
