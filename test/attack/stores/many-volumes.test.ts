import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { addBusybox, temporaryContainers } from '../../container/temporary-containers.ts'

test('an image with too many volumes is refused, and a thousand volumes are created and removed without a process each', async () => {
  const { store, native, containers } = await temporaryContainers()
  await addBusybox(store, 'greedy', { Cmd: ['true'], Volumes: volumes(1001) })
  await expect(containers.create({ image: 'greedy' })).rejects.toMatchObject({
    message: expect.stringContaining('it has 1001 volumes (at most 1000)'),
  })
  expect(await containers.volumes.list()).toEqual([])

  let copies = 0
  const { flatten } = native.trees
  native.trees.flatten = (...words) => {
    copies += 1
    return flatten.apply(native.trees, words)
  }
  await addBusybox(store, 'many', { Cmd: ['true'], Volumes: { ...volumes(998), '/data': {}, '/bin/sh/x': {} } })
  const { id } = await containers.create({ image: 'many' })
  expect(copies).toBe(2) // of /data, and of the target of a possible link
  const { Mounts } = await containers.inspect(id)
  const data = Mounts.find(({ Destination }) => Destination === '/data')
  expect(readdirSync(String(data?.Source))).toEqual(['from-image'])

  let removals = 0
  const { remove } = native.trees
  native.trees.remove = (request) => {
    removals += 1
    return remove.call(native.trees, request)
  }
  await containers.remove(id, { volumes: true })
  expect(await containers.volumes.list()).toEqual([])
  expect(removals).toBe(2) // of the container, and of its volumes
})

function volumes(count: number): Record<string, Record<string, never>> {
  return Object.fromEntries(Array.from({ length: count }, (_, number) => [`/v/${number}`, {}]))
}
