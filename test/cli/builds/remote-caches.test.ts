import { describe, expect, test } from 'vitest'
import { type CacheFlag, readCacheFlag } from '../../../cli/builds/cache-location.ts'
import { parseCacheMountsFrom, parseCacheMountsTo } from '../../../cli/builds/cache-mounts.ts'
import { parseCacheFrom, parseCacheTo } from '../../../cli/builds/remote-caches.ts'

const read = (flag: CacheFlag['flag'], text: string) => readCacheFlag(flag, text, { cwd: '/work', env: {} })
const S3 = 'type=s3,bucket=b,region=r'
const GHA = 'type=gha,url=http://a,token=t'
const COMMON =
  'mode=max,ignore-error=true,oci-mediatypes=true,image-manifest=1,compression=zstd,compression-level=22,force-compression=true'
const KEYS =
  'endpoint_url=http://a,prefix=p,blobs_prefix=b,manifests_prefix=m,name=n,use_path_style=true,access_key_id=k,secret_access_key=s,session_token=t,disable_accept_encoding=true'

describe("buildx's attributes", () => {
  test.each([
    `type=registry,ref=a/b,registry.insecure=true,${COMMON}`,
    `type=local,dest=d,tag=t,reset=true,${COMMON}`,
    `${S3},touch_refresh=24h,${KEYS},${COMMON}`,
    `type=gha,url_v2=http://a,token=t,scope=s,version=2,${COMMON}`,
    'type=inline',
    'type=inline,mode=min',
    'example.com/cache:main',
  ])('--cache-to %s is accepted', (text) => {
    expect(() => parseCacheTo([read('--cache-to', text)])).not.toThrow()
  })

  test.each([
    'type=registry,ref=a/b,registry.insecure=1',
    `type=local,src=d,tag=t,digest=sha256:${'0'.repeat(64)}`,
    `${S3},${KEYS}`,
    `${GHA},scope=s`,
    'example.com/cache:main',
  ])('--cache-from %s is accepted', (text) => {
    expect(() => parseCacheFrom([read('--cache-from', text)])).not.toThrow()
  })

  test.each([
    [`${S3},upload_parallelism=4`, 'the number of concurrent uploads is fixed'],
    [`${S3},retry_mode=standard`, 'failed requests are retried with increasing delays'],
    [`${S3},retry_max_attempts=3`, 'failed requests are retried with increasing delays'],
    [`${GHA},timeout=10m`, 'transfers time out when no data arrives'],
    [`${GHA},repository=a/b`, "entries are looked up in GitHub's cache service"],
    [`${GHA},ghtoken=secret`, "entries are looked up in GitHub's cache service"],
    ['type=registry,ref=a/b,registry.insecure=maybe', 'invalid value'],
    ['type=local,dest=d,reset=maybe', 'invalid value'],
    [`${GHA},version=1`, 'version'],
    ['type=azblob,account_url=https://a', 'Azure Blob Storage is not supported'],
    ['type=inline,mode=max', 'an image contains the layers of its result only'],
    ['type=inline,ignore-error=true', 'unknown attribute for type inline'],
    ['type=registry,ref=a/b,oci-mediatypes=false', 'caches are written as OCI image manifests'],
    ['type=local,dest=d,image-manifest=false', 'caches are written as OCI image manifests'],
    ['type=local,dest=d,compression=estargz', 'invalid value'],
    ['type=local,dest=d,compression-level=13', 'gzip has the levels 0 to 12'],
    ['type=local,dest=d,mode=mid', 'invalid value'],
    ['type=local,dest=d,ignore-error=maybe', 'invalid value'],
    ['type=local,src=d', 'unknown attribute for type local'],
    [`${S3},endpoint_url=http://`, 'Cannot read "endpoint_url" of "--cache-to": not a URL'],
    [`${S3},endpoint_url=http://a:b@c`, 'Cannot read "endpoint_url" of "--cache-to": not a URL'],
    [`${S3},endpoint_url=http://c?d=e`, 'Cannot read "endpoint_url" of "--cache-to": not a URL'],
    ['type=s3,bucket=a/b,region=r', 'not a name of a bucket'],
    [`${S3},access_key_id=k`, '"secret_access_key" is missing'],
    [`${S3},session_token=t`, '"access_key_id" is missing'],
    ['type=gha,token=t,url_v2=here', 'Cannot read "url_v2" of "--cache-to": not a URL'],
  ])('--cache-to %s is refused with the reason', (text, reason) => {
    expect(() => parseCacheTo([read('--cache-to', text)])).toThrow(reason)
  })

  test('credentials of a bucket that are not in the flag come from the environment', () => {
    const env = { AWS_ACCESS_KEY_ID: 'I', AWS_SECRET_ACCESS_KEY: 'S', AWS_SESSION_TOKEN: 'T' }
    const credentialsIn = (more: string) =>
      parseCacheFrom([readCacheFlag('--cache-from', `${S3}${more}`, { cwd: '/', env })]).map((location) =>
        'credentials' in location ? location.credentials : undefined,
      )
    expect(credentialsIn(',access_key_id=k,secret_access_key=s')).toEqual([{ accessKeyId: 'k', secretAccessKey: 's' }])
    const [accessKeyId, secretAccessKey, sessionToken] = ['I', 'S', 'T']
    expect(credentialsIn(',access_key_id=k')).toEqual([{ accessKeyId: 'k', secretAccessKey, sessionToken }])
    expect(credentialsIn(',session_token=t')).toEqual([{ accessKeyId, secretAccessKey, sessionToken: 't' }])
  })

  test('no error shows a secret', () => {
    const place = 'endpoint_url=http://a:hidden@c'
    for (const more of [place, `${place},other=1`])
      expect(() => parseCacheTo([read('--cache-to', `${S3},${more}`)])).toThrow(/^(?!.*hidden)/s)
    const text = `${S3},secret_access_key=hidden,session_token=hidden,other=1`
    expect(() => parseCacheTo([read('--cache-to', text)])).toThrow(/^(?!.*hidden)/s)
    for (const mistake of ['oops', 'bucket=c', 'a"b=c'])
      expect(() => read('--cache-to', `${S3},secret_access_key=hidden,${mistake}`)).toThrow(
        /^(?!.*hidden).*--cache-to/s,
      )
    expect(() => parseCacheTo([read('--cache-to', `${GHA},ghtoken=hidden`)])).toThrow(/^(?!.*hidden)/s)
  })
})

describe('cache mounts', () => {
  test('are in separate places by default', () => {
    const [registry] = parseCacheMountsTo([read('--cache-mounts-to', 'a.com/b')])
    const [layout] = parseCacheMountsFrom([read('--cache-mounts-from', 'type=local,src=d')])
    const [bucket] = parseCacheMountsTo([read('--cache-mounts-to', S3)])
    const [service] = parseCacheMountsTo([read('--cache-mounts-to', GHA)])
    expect(registry?.location).toMatchObject({ reference: { tag: 'cache-mounts' } })
    expect(layout?.location).toMatchObject({ tag: 'cache-mounts', directory: '/work/d' })
    expect(bucket?.location).toMatchObject({ names: ['cache-mounts'] })
    expect(service?.location).toMatchObject({ scope: 'cache-mounts' })
  })

  test('have names and a limit', () => {
    const [given] = parseCacheMountsTo([read('--cache-mounts-to', 'type=local,dest=d,id=/root/.npm;apt,max-size=2GB')])
    expect(given).toMatchObject({ ids: ['/root/.npm', 'apt'], maxBytes: 2 * 2 ** 30, ignoreError: false })
  })

  test.each([
    ['type=local,dest=d,max-size=big', 'not a size'],
    ['type=local,dest=d,max-size=0', 'not a size'],
    ['type=local,dest=d,mode=max', 'unknown attribute'],
    ['type=inline', 'an image cannot store cache mounts'],
  ])('%s is refused', (text, reason) => {
    expect(() => parseCacheMountsTo([read('--cache-mounts-to', text)])).toThrow(reason)
  })
})
