import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openContainers } from '../../../container/index.ts'
import { addBusybox, temporaryContainers } from '../temporary-containers.ts'

test('an image removed while a container is created from it is named in the error', async () => {
  const { store, native } = await temporaryContainers()
  await addBusybox(store, 'fleeting', { Cmd: ['true'], Env: ['ONLY=here'] })
  const lock = async (...request: Parameters<typeof store.lock>) => {
    await setTimeout(1000) // the image has been found by then
    for (const { id } of await store.images.findAllByReference('docker.io/library/fleeting:latest')) {
      await store.images.remove(id)
    }
    return store.lock(...request)
  }
  const containers = openContainers({ store: { ...store, lock }, native })
  await expect(containers.create({ image: 'fleeting', network: 'none' })).rejects.toMatchObject({
    code: 'CONTAINER_IMAGE_MISSING',
    message: 'Cannot create a container from image "fleeting": the image has been removed',
  })
})
