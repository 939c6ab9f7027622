import { hostname } from 'node:os'
import { pino } from 'pino'
import type { BuildEvent, BuildResult } from '../../engine/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'
import type { BuildFailure } from '../api/index.ts'
import { outcomeOf } from '../build-process/outcome.ts'
import { listen } from '../http/listen.ts'
import { maskFailure } from '../logs/mask-failure.ts'
import type { StoreWork } from '../store-work.ts'
import { createPageKey } from './authorize.ts'
import { type ImageReport, reportImage } from './image-report.ts'
import { memoryBuild } from './memory-build.ts'
import { createPageApp } from './page-app.ts'

export interface BuildPageOptions {
  readonly title: string
  readonly version: string
  /** Images that had the name before, to compare with. */
  readonly before: readonly Image[]
  readonly isPushed: boolean
  /** Values that logs and messages on the page do not show. */
  readonly secrets: readonly string[]
  readonly store: LayerStore
  readonly disk: StoreWork
  readonly pageDirectory: string
  /** The view that opens first. */
  readonly entrance: '/' | '/builds/1/image' | '/disk'
  /** Someone pressed the page's button. */
  readonly onCancel: () => void
}

export interface BuildPage {
  /** With the token; only for this user. */
  readonly url: string
  event(event: BuildEvent): void
  /** The Dockerfile, once it is read. */
  source(source: { readonly name: string; readonly text: string }): void
  succeeded(result: BuildResult): void
  failed(failure: BuildFailure, state: 'failed' | 'cancelled'): void
  /** Resolves when the last page that showed the end is closed. */
  readonly read: Promise<void>
  close(): Promise<void>
}

/** A page that is loaded again is away for a moment. */
const RELOAD_MS = 3000

/** The server's page for one build of this process, on loopback. */
export async function openBuildPage(options: BuildPageOptions): Promise<BuildPage> {
  const { store, title, before } = options
  const closing = new AbortController()
  const build = memoryBuild(newBuild(title), options.secrets)
  let source: { readonly name: string; readonly text: string } | undefined
  let result: BuildResult | undefined
  let report: Promise<ImageReport> | undefined
  let host = ''
  const key = createPageKey(() => host, options.entrance)
  const readers = watchReaders()
  const app = createPageApp({
    ...options,
    build,
    key,
    closing: closing.signal,
    source: () => source,
    image: async () => {
      if (result === undefined) return undefined
      report ??= reportImage(store, result, before)
      return report
    },
    cancel: options.onCancel,
    onReaders: readers.count,
    logger: pino({ level: 'silent' }),
  })
  const listening = await listen(app, '127.0.0.1:0')
  host = new URL(listening.url).host
  const end = (): { readonly endedAt: string } => ({ endedAt: new Date().toISOString() })
  return {
    url: `${listening.url}/open?token=${key.token}`,
    event: build.add,
    source: (read) => {
      source = read
    },
    succeeded: (built) => {
      result = built
      build.set({ state: 'succeeded', result: outcomeOf(built, { isPushed: options.isPushed }), ...end() })
      readers.ended()
    },
    failed: (failure, state) => {
      build.set({ state, failure: maskFailure(failure, options.secrets), ...end() })
      readers.ended()
    },
    read: readers.gone,
    close: async () => {
      closing.abort()
      await listening.close()
    },
  }
}

function newBuild(title: string) {
  const now = new Date().toISOString()
  return {
    id: 1,
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

/** `gone` resolves when the build has ended and the last page that was opened is closed, in either order. */
function watchReaders() {
  let resolveGone: () => void
  const gone = new Promise<void>((resolve) => {
    resolveGone = resolve
  })
  let timer: NodeJS.Timeout | undefined
  let hasEnded = false
  let isClosed = false
  const check = (): void => {
    if (hasEnded && isClosed) resolveGone()
  }
  return {
    gone,
    ended: (): void => {
      hasEnded = true
      check()
    },
    count: (readers: number): void => {
      clearTimeout(timer)
      isClosed = false
      if (readers > 0) return
      timer = setTimeout(() => {
        isClosed = true
        check()
      }, RELOAD_MS)
    },
  }
}
