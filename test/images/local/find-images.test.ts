import { expect, test } from 'vitest'
import { hexOf } from '../../../image-spec/index.ts'
import { findImages } from '../../../images/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'

const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } } as const

test('findImages() finds by reference, ID and a single digit of it; a name takes precedence over a prefix', async () => {
  const store = await temporaryStore()
  const one = await store.images.put(config, [])
  await store.images.tag(one.id, 'docker.io/library/app:latest')
  const digit = hexOf(one.id).slice(0, 1)
  for (const name of ['app', 'docker.io/library/app:latest', one.id, hexOf(one.id), digit, `sha256:${digit}`])
    expect((await findImages(store, name)).images.map(({ id }) => id)).toEqual([one.id])
  expect(await findImages(store, 'app')).toMatchObject({ reference: 'docker.io/library/app:latest', isById: false })
  expect(await findImages(store, digit)).toMatchObject({ isById: true })
  const other = await store.images.put({ ...config, author: 'other' }, [])
  await store.images.tag(other.id, `docker.io/library/${digit}:latest`)
  expect((await findImages(store, digit)).images.map(({ id }) => id)).toEqual([other.id])
  expect((await findImages(store, 'absent')).images).toEqual([])
  await expect(findImages(store, 'sha256:')).rejects.toMatchObject({ code: 'REGISTRY_BAD_REFERENCE' })
})
