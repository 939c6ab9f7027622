import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planRequest } from '../../../builder/pipeline/plan-request.ts'
import { recallPlan, rememberPlan } from '../../../builder/pipeline/remembered-plans.ts'
import type { BuildRequest } from '../../../builder/request/builder.ts'
import type { PlanInputs } from '../../../builder/run/prepared-build.ts'
import { digestOf } from '../../../image-spec/index.ts'
import type { BaseImages } from '../../../images/transfer/base-images.ts'
import { type LayerStore, openStore } from '../../../layer-store/index.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'

const signal = new AbortController().signal
const text = 'FROM base AS one\nARG A=1\nRUN echo $A\nFROM one\nCOPY --from=one /a /b\nLABEL c=d\nCMD ["x"]\n'
let folder: string
let store: LayerStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsbuild-plans-'))
  store = await openStore(join(folder, 'store'), openNative().trees)
})

afterEach(() => rmSync(folder, { recursive: true }))

function inputs(more: { text?: string; base?: string; request?: Partial<BuildRequest> } = {}): PlanInputs {
  const baseImages: BaseImages = {
    resolve: async ({ platform }) => ({
      name: 'docker.io/library/base:latest',
      platform,
      id: digestOf(more.base ?? 'a base'),
      config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    }),
    chain: async () => [],
    lazyChain: async () => [],
  }
  return {
    request: { context: { kind: 'empty' }, ...more.request },
    source: { name: 'Dockerfile', text: more.text ?? text },
    namedContexts: {},
    baseImages,
    ignorePatterns: [],
  }
}

const recalled = async (asked: ReturnType<typeof inputs>) => (await recallPlan(store, asked))?.confirm(signal)

describe('remembered plans', () => {
  test('a stored plan is returned unchanged', async () => {
    const planned = await planRequest(inputs(), signal)
    await rememberPlan(store, inputs(), planned)
    expect(await recalled(inputs())).toEqual(planned)
  })

  test.each([
    ['text', { text: `${text}ENV e=f\n` }],
    ['an argument', { request: { buildArgs: { A: '2' } } }],
    ['the target', { request: { target: 'one' } }],
    ['a label', { request: { labels: { a: 'b' } } }],
    ['--no-cache', { request: { noCache: true } }],
    ['the network', { request: { network: 'none' as const } }],
    ['the platform', { request: { platforms: [{ os: 'linux', architecture: 'arm64' }] } }],
    ['the base image', { base: 'another base' }],
  ])('another %s is planned anew', async (_what, change) => {
    await rememberPlan(store, inputs(), await planRequest(inputs(), signal))
    expect(await recalled(inputs(change))).toBeUndefined()
  })

  test('a plan with proxies is not stored, because they can contain credentials', async () => {
    const withProxy = inputs({ request: { buildArgs: { HTTP_PROXY: 'http://user:secret@proxy' } } })
    await rememberPlan(store, withProxy, await planRequest(withProxy, signal))
    expect(await recalled(withProxy)).toBeUndefined()
  })
})
