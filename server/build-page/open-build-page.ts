import { hostname } from 'node:os'
import type { BuildEvent, BuildResult, Engine } from '../../engine/index.ts'
import type { Image } from '../../layer-store/index.ts'
import type { Build, BuildFailure } from '../api/index.ts'
import { outcomeOf } from '../build-process/outcome.ts'
import type { SourceText } from '../build-process/read-source.ts'
import { maskFailure } from '../logs/mask-failure.ts'
import type { StoreWork } from '../store-upkeep/store-work.ts'
import { type ImageReport, reportImage } from './image-report.ts'
import { memoryBuild } from './memory-build.ts'
import type { PastBuilds } from './past-builds.ts'
import { servePage } from './serve-page.ts'

export interface BuildPageOptions {
  readonly title: string
  readonly version: string
  /** Images that previously had the name, for comparison. */
  readonly before: readonly Image[]
  readonly isPushed: boolean
  /** Values that logs and messages on the page do not show. */
  readonly secrets: readonly string[]
  readonly engine: Pick<Engine, 'store' | 'native'>
  readonly disk: StoreWork
  readonly pageDirectory: string
  /** Where the build is stored when it has ended; undefined: it is not stored. */
  readonly past: PastBuilds | undefined
  /** The view that opens first. */
  readonly entrance: '/' | '/builds/1/image'
  /** The user pressed the page's button. */
  readonly onCancel: () => void
}

export interface BuildPage {
  /** Includes the token; only for this user. */
  readonly url: string
  event(event: BuildEvent): void
  /** The Dockerfile, once it has been read. */
  source(source: { readonly name: string; readonly text: string }): void
  succeeded(result: BuildResult): void
  failed(failure: BuildFailure, state: 'failed' | 'cancelled'): void
  /** Resolves when the last page that showed the end is closed. */
  readonly read: Promise<void>
  close(): Promise<void>
}

/** The build's number on its own page. */
const ONLY = 1

/** The server's page for one build of this process, on loopback. */
export async function openBuildPage(options: BuildPageOptions): Promise<BuildPage> {
  const { engine, title, before } = options
  const build = memoryBuild(newBuild(title), { secrets: options.secrets })
  let source: SourceText | undefined
  let kept: Promise<void> | undefined
  let result: BuildResult | undefined
  let report: Promise<ImageReport> | undefined
  const image = async (): Promise<ImageReport | undefined> => {
    if (result === undefined) return undefined
    report ??= reportImage(engine, result, before)
    return report
  }
  const page = await servePage({
    ...options,
    only: ONLY,
    find: async (id) => (id === ONLY ? { build, source: () => source, image } : undefined),
    list: async () => [await build.build()],
    cancel: options.onCancel,
  })
  const end = (change: Partial<Build>): void => {
    build.set({ ...change, endedAt: new Date().toISOString() })
    page.ended()
    const keep = async (): Promise<void> =>
      options.past?.keep({ build: await build.build(), rows: build.rows(), ...(source && { source }) })
    kept = keep().catch(() => undefined) // a full disk loses the record, not the build
  }
  return {
    url: page.url,
    event: build.add,
    source: (read) => {
      source = read
    },
    succeeded: (built) => {
      result = built
      end({ state: 'succeeded', result: outcomeOf(built, { isPushed: options.isPushed }) })
    },
    failed: (failure, state) => end({ state, failure: maskFailure(failure, options.secrets) }),
    read: page.read,
    close: async () => {
      await kept
      await page.close()
    },
  }
}

function newBuild(title: string) {
  const now = new Date().toISOString()
  return {
    id: ONLY,
    project: 'terminal',
    state: 'running',
    trigger: { kind: 'terminal' },
    ref: '',
    title,
    createdAt: now,
    startedAt: now,
    attempt: 1,
    worker: hostname(),
  } as const
}
