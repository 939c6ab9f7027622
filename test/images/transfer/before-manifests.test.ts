import { expect, test } from 'vitest'
import { parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { startFaultRegistry } from '../../support/fault-registry.ts'
import { makeImage } from './image-samples.ts'

test('during the secret scan a push uploads blobs, but no manifest', async () => {
  const registry = await startFaultRegistry()
  const client = anonymousClient()
  const store = await temporaryStore()
  const image = await makeImage(store, 'local/app:v1', [{ file: 'content' }])
  const requests = (method: string) => registry.requests.filter((request) => request.method === method)
  const manifests = () => requests('PUT').filter(({ url }) => url.includes('/manifests/')).length
  const uploads = () => requests('PUT').filter(({ url }) => url.includes('/blobs/')).length
  let finish = () => {}
  const beforeManifests = new Promise<void>((resolve) => {
    finish = resolve
  })
  const reference = parseReference(`${registry.host}/app:v1`)
  const images = [platformImageOf(image)]
  const pushing = pushImage({ store, client, reference, images, beforeManifests })
  await expect.poll(uploads).toBe(2)
  expect(manifests()).toBe(0)
  finish()
  await pushing
  expect(manifests()).toBe(1)
})
