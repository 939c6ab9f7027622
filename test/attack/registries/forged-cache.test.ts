import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { blobIn, copyLayout } from './manipulated-layout.ts'

/** A cache with manipulated content and correct digests: it can cost time, but the Dockerfile determines what runs. */

interface Config {
  layers: { blob: string; parent: number; annotations: { mediaType: string; diffID: string; size: number } }[]
  records: { digest: string; layers?: { layer: number }[]; inputs?: unknown; tsbuild?: Record<string, unknown> }[]
}

interface Manifest {
  config: { digest: string; size: number }
}

let room: string
let context: string
let tsbuild: Tsbuild

beforeAll(async () => {
  room = temporaryDirectory('forged-cache')
  context = mkdtempSync(join(room, 'context-'))
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n')
  await tsbuild.ok('build', '-q', `--cache-to=type=local,dest=${room}/cache,mode=max`, context)
})

/** Builds with a changed copy of the cache on a store without build cache; returns the content of the image. */
async function buildWith(change: (config: Config, copy: string) => string | undefined): Promise<string> {
  const { copy, config, write } = copyLayout<Manifest, Config>(join(room, 'cache'), room)
  write(change(config, copy) ?? JSON.stringify(config))
  await tsbuild.run('image', 'rm', '--force', 'forged')
  await tsbuild.ok('builder', 'prune', '--all', '--force')
  await tsbuild.ok('image', 'prune', '--force')
  await tsbuild.ok('build', '-q', '-t', 'forged', `--cache-from=type=local,src=${copy}`, context)
  return tsbuild.ok('run', '--rm', '--network=none', 'forged', 'sh', '-c', 'cat /one /two; ls / | wc -l')
}

const buildUnchanged = () => buildWith(() => undefined)

const forgeries: Record<string, (config: Config, copy: string) => string | undefined> = {
  'a blob is another layer than its entry names': ({ layers: [one, two] }) => {
    if (one && two) [one.annotations.diffID, two.annotations.diffID] = [two.annotations.diffID, one.annotations.diffID]
    return undefined
  },
  'a blob has other bytes than its digest': ({ layers }, copy) => {
    for (const layer of layers) writeFileSync(blobIn(copy, layer.blob), Buffer.alloc(layer.annotations.size))
    return undefined
  },
  'a blob is shorter than announced': ({ layers }, copy) => {
    for (const layer of layers) writeFileSync(blobIn(copy, layer.blob), '')
    return undefined
  },
  'layers have the media type of something else': ({ layers }) => {
    for (const { annotations } of layers) annotations.mediaType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
    return undefined
  },
  'records and layers refer to themselves': ({ layers, records }) => {
    for (const [position, layer] of layers.entries()) layer.parent = position
    for (const [position, record] of records.entries()) record.inputs = [[{ link: position }]]
    return undefined
  },
  'names of layers lead out of the cache': ({ layers }) => {
    for (const layer of layers) layer.blob = 'sha256:../../../../etc/passwd'
    return undefined
  },
  'a layer has 50,000 places': (config) => {
    const [layer] = config.layers
    if (layer) config.layers.unshift(...Array.from({ length: 50_000 }, () => layer))
    return undefined
  },
  'the configuration is nested without end': () => `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
  'the configuration has 100 MB': (config) => JSON.stringify(config) + ' '.repeat(100 << 20),
  'the configuration is not JSON': () => '<html>',
}

for (const [forgery, change] of Object.entries(forgeries))
  test(`the image is correct although ${forgery}`, async () => {
    expect(await buildWith(change)).toBe(await buildUnchanged())
  })
