import { expect, test } from 'vitest'
import { type BuildOptions, openEngine } from '../../engine/index.ts'
import { temporaryRoot } from '../layer-store/temporary-store.ts'
import { removeAfterTest } from '../support/removed-afterwards.ts'

const open = async () => {
  const engine = await openEngine({ root: await temporaryRoot() })
  removeAfterTest(() => engine.close())
  return engine
}

const scratch: BuildOptions = {
  context: { kind: 'empty' },
  dockerfile: { text: 'FROM scratch\nENV A=b\n', name: 'Dockerfile' },
  tags: ['app'],
}

test('builder, images, containers and volumes share one store, and an archive transfers an image to another', async () => {
  const engine = await open()
  const { imageId } = await engine.builder.build({ ...scratch, platform: 'linux/arm64' })
  const [found] = await engine.images.find('app')
  expect(found).toMatchObject({ id: imageId, config: { architecture: 'arm64' } })
  expect((await engine.images.list()).map(({ tags }) => tags)).toEqual([['docker.io/library/app:latest']])
  expect(await (await engine.containers()).list({ all: true })).toEqual([])
  await (await engine.volumes()).create({ name: 'data' })
  expect((await (await engine.volumes()).list()).map(({ name }) => name)).toEqual(['data'])
  const archive = `${await temporaryRoot()}/app.tar`
  await engine.images.save(['app'], archive)
  const other = await open()
  expect(await other.images.load(archive)).toEqual([imageId])
})

test('names and platforms that cannot be parsed are refused before anything is read', async () => {
  const { builder } = await open()
  await expect(builder.build({ ...scratch, tags: ['App'] })).rejects.toMatchObject({ code: 'REGISTRY_BAD_REFERENCE' })
  await expect(builder.build({ ...scratch, platform: 'no' })).rejects.toMatchObject({ code: 'BUILD_REFUSED' })
})
