import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { type ImageReference, parseReference } from '../../../image-spec/index.ts'
import { copyImage } from '../../../images/copy/copy-image.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import { NO_SETTINGS } from '../../../registry/settings/registry-settings.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

let registries: readonly FaultRegistry[]
beforeEach(async () => {
  registries = [await startFaultRegistry(), await startFaultRegistry(), await startFaultRegistry()]
})

/** An image on two mirrors and their registry, and a client that uses them. */
async function mirroredImage() {
  const [first, second, origin] = registries as [FaultRegistry, FaultRegistry, FaultRegistry]
  const store = await temporaryStore()
  const image = await makeImage(store, 'local/app:1', [{ small: 'x' }, { large: randomBytes(3 << 20) }])
  const reference = parseReference(`${origin.host}/app:1`)
  const plain = anonymousClient()
  await pushImage({ store, client: plain, reference, images: [platformImageOf(image)] })
  await plain.close()
  for (const mirror of [first, second]) {
    for (const [digest, bytes] of origin.blobs) mirror.blobs.set(digest, Buffer.from(bytes))
    for (const [name, manifest] of origin.manifests) mirror.manifests.set(name, manifest)
  }
  const rules = [{ prefix: origin.host, mirrors: [{ location: first.host }, { location: second.host }] }]
  const client = anonymousClient({ settings: { ...NO_SETTINGS, rules }, retries: 1 })
  return { first, second, origin, image, reference, client }
}

/** Changes a byte in the middle of each blob. */
function damage({ blobs }: FaultRegistry): void {
  for (const bytes of blobs.values()) bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
}

function refuse(registry: FaultRegistry): void {
  registry.faults.push((_, response) => {
    response.writeHead(503).end()
    return true
  })
}

describe('after a mirror that sends damaged blobs', () => {
  test('the next mirror is used, even if the registry does not answer', async () => {
    const { first, origin, image, reference, client } = await mirroredImage()
    damage(first)
    refuse(origin)
    const store = await temporaryStore()
    expect((await pullImage({ store, client, reference, platform: LINUX })).id).toBe(image.id)
    await client.close()
  })

  test('and another one, the registry is used', async () => {
    const { first, second, image, reference, client } = await mirroredImage()
    damage(first)
    damage(second)
    const store = await temporaryStore()
    expect((await pullImage({ store, client, reference, platform: LINUX })).id).toBe(image.id)
    await client.close()
  })

  test('a copy to another registry reads from the next one', async () => {
    const { first, reference, client } = await mirroredImage()
    damage(first)
    const to = await startFaultRegistry()
    const target: ImageReference = { ...reference, host: to.host }
    await copyImage({
      store: await temporaryStore(),
      registry: async () => client,
      from: { kind: 'registry', reference },
      to: { kind: 'registry', reference: target },
    })
    expect(to.manifests.size).toBeGreaterThan(0)
    await client.close()
    await to.stop()
  })
})
