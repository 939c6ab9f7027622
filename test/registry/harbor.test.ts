import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MediaType, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { CVE_TEXT, type Harbor, QUOTA_TEXT, startHarbor } from '../support/harbor.ts'
import { anonymousClient, blobOf, collect, opener } from './blob-samples.ts'

const bytes = Buffer.from('a layer')
const config = Buffer.from('{}')
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: { ...blobOf(config), mediaType: MediaType.ociConfig },
    layers: [blobOf(bytes)],
  }),
)
let harbor: Harbor
let client: RegistryClient

beforeAll(async () => {
  harbor = await startHarbor()
  const projects = ['team', 'full', 'fixed', 'dockerhub', 'scanned']
  harbor.robots.set('robot$team+ci', { secret: 's3cret-of-robot', projects })
  harbor.projects.set('team', {})
  harbor.projects.set('full', { quota: QUOTA_TEXT })
  harbor.projects.set('fixed', { immutableTags: ['v1'] })
  harbor.projects.set('dockerhub', { isProxy: true })
  harbor.projects.set('scanned', { vulnerable: CVE_TEXT })
  harbor.projects.set('others', {})
  client = as('robot$team+ci', 's3cret-of-robot')
})

afterAll(async () => {
  await client.close()
})

function as(username: string, password: string): RegistryClient {
  return anonymousClient({ credentials: { find: async () => ({ kind: 'basic', username, password }) } })
}

async function push(name: string, by = client): Promise<void> {
  const reference = parseReference(`${harbor.host}/${name}`)
  for (const blob of [bytes, config]) await by.pushBlob(reference, blobOf(blob), { open: opener(blob) })
  await by.pushManifest(reference, { mediaType: MediaType.ociManifest, bytes: manifest })
}

test('a robot account with a $ in its name pushes and pulls', async () => {
  await push('team/app:v1')
  const reference = parseReference(`${harbor.host}/team/app:v1`)
  expect((await client.fetchManifest(reference)).bytes.toString()).toBe(manifest.toString())
  expect((await collect(client.fetchBlob(reference, blobOf(bytes)))).equals(bytes)).toBe(true)
  expect(harbor.tokenRequests[0]).toContain('account=robot%24team%2Bci')
})

describe('a refusal is recognized, shown in full with a hint, and not retried', () => {
  test.each([
    ['full/app:v1', 'REGISTRY_DENIED', QUOTA_TEXT, /^Raise the project quota/],
    ['fixed/app:v1', 'REGISTRY_DENIED', "'app:v1' configured as immutable", /another tag/],
    ['dockerhub/library/x:1', 'REGISTRY_UNSUPPORTED', 'can not push artifact to a proxy project', /another project/],
    ['nosuch/app:v1', /UNAUTHORIZED|DENIED|NOT_FOUND/, 'project nosuch not found', /create it/],
    ['others/app:v1', 'REGISTRY_DENIED', 'has no permission for this repository (denied)', /permission/],
  ])('push to %s', async (name, code, text, hint) => {
    const before = harbor.tokenRequests.length
    await expect(push(name)).rejects.toMatchObject({
      code: typeof code === 'string' ? code : expect.stringMatching(code),
      message: expect.stringContaining(text),
      hint: expect.stringMatching(hint),
    })
    expect(harbor.tokenRequests.length - before).toBeLessThan(5)
  })

  test.each([
    ['scanned/app:v1', 'REGISTRY_DENIED', CVE_TEXT, /allowlist/],
    ['nosuch/app:v1', 'REGISTRY_NOT_FOUND', 'project nosuch not found', /name of the project/],
  ])('pull of %s', async (name, code, text, hint) => {
    await expect(client.fetchManifest(parseReference(`${harbor.host}/${name}`))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
      hint: expect.stringMatching(hint),
    })
  })
})

test('a user name whose $ was expanded by the shell is explained, without secrets', async () => {
  const wrong = as('robot', 's3cret-of-robot')
  await expect(push('team/app:v2', wrong)).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
    message: expect.not.stringContaining('s3cret'),
    hint: expect.stringContaining('single quotes'),
  })
  await wrong.close()
})
