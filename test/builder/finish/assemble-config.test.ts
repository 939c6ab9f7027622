import { describe, expect, test } from 'vitest'
import { assembleConfig } from '../../../builder/finish/assemble-config.ts'
import type { PlannedImage } from '../../../builder/plan/graph/build-plan.ts'
import { digestOf } from '../../../image-spec/index.ts'

const baseTime = '2020-01-01T00:00:00Z'
const layerTime = '2026-06-01T00:00:00Z'
const layer = digestOf('a layer')
const baseLayer = digestOf('a base layer')

const planned = (...steps: ('layer' | 'setting')[]): PlannedImage => ({
  architecture: 'amd64',
  os: 'linux',
  config: { Env: ['A=b'] },
  baseHistory: [{ created: baseTime, created_by: 'base' }],
  baseTitle: 'pulled from example.com/base:1',
  history: steps.map((step, index) => ({ createdBy: `${step} ${index}`, comment: 'buildkit.dockerfile.v0' })),
})

describe('assembleConfig()', () => {
  test('marks settings as empty layers and lists diff IDs in order', () => {
    const config = assembleConfig({
      image: planned('layer', 'setting'),
      baseDiffIds: [baseLayer],
      ran: [{ diffIds: [layer], createdAt: layerTime }, undefined],
    })
    expect(config.rootfs.diff_ids).toEqual([baseLayer, layer])
    expect(config.history?.map((entry) => entry.empty_layer)).toEqual([undefined, undefined, true])
  })

  test('layers without a history entry in the base come after all others, as with BuildKit', () => {
    const config = assembleConfig({
      image: { ...planned('setting', 'layer'), baseHistory: [] },
      baseDiffIds: [baseLayer, digestOf('another')],
      ran: [undefined, { diffIds: [layer], createdAt: layerTime, name: '[2/2] COPY a /a' }],
    })
    const comment = 'buildkit.exporter.image.v0'
    expect(config.history?.slice(2)).toEqual([
      { created: layerTime, created_by: 'pulled from example.com/base:1', comment },
      { created: layerTime, created_by: '[2/2] COPY a /a', comment },
    ])
  })

  test('surplus history entries are empty layers, starting from the last entry', () => {
    const image = { ...planned('layer'), baseHistory: [{ created_by: 'one' }, { created_by: 'two' }] }
    const ran = [{ diffIds: [layer], createdAt: layerTime }]
    const { history } = assembleConfig({ image, baseDiffIds: [baseLayer], ran })
    expect(history?.map((entry) => entry.empty_layer)).toEqual([undefined, undefined, true])
  })

  test('settings get the time of the next new layer, or of the last one', () => {
    const config = assembleConfig({
      image: planned('setting', 'layer', 'setting'),
      baseDiffIds: [baseLayer],
      ran: [undefined, { diffIds: [layer], createdAt: layerTime }, undefined],
    })
    expect(config.history?.map((entry) => entry.created)).toEqual([baseTime, layerTime, layerTime, layerTime])
    expect(config.created).toBe(layerTime)
  })

  test('a step that changed nothing has an empty layer', () => {
    const ran = [{ diffIds: [], createdAt: layerTime }]
    const config = assembleConfig({ image: planned('layer'), baseDiffIds: [baseLayer], ran })
    expect(config.history?.at(-1)).toMatchObject({ empty_layer: true })
  })

  test('an image without layers has no times, and is therefore reproducible', () => {
    const image = { ...planned('setting'), baseHistory: [] }
    const config = assembleConfig({ image, baseDiffIds: [baseLayer], ran: [undefined] })
    expect([config.created, config.history?.[0]?.created]).toEqual([undefined, undefined])
  })

  test('an image without own steps keeps the time of its base, even with SOURCE_DATE_EPOCH', () => {
    const config = assembleConfig({ image: planned(), baseDiffIds: [baseLayer], ran: [], epochSeconds: 86_400 })
    expect(config.created).toBe(baseTime)
  })

  test('SOURCE_DATE_EPOCH replaces all times of this build, but none of the base', () => {
    const config = assembleConfig({
      image: planned('layer', 'setting'),
      baseDiffIds: [baseLayer],
      ran: [{ diffIds: [layer], createdAt: layerTime }, undefined],
      epochSeconds: 86_400,
    })
    const epoch = '1970-01-02T00:00:00Z'
    expect(config.history?.map((entry) => entry.created)).toEqual([baseTime, epoch, epoch])
    expect(config.created).toBe(epoch)
  })
})
