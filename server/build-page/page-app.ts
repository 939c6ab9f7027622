import { statfs } from 'node:fs/promises'
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Logger } from 'pino'
import {
  type Build,
  buildsQuery,
  logQuery,
  type OperationName,
  operations,
  pruneRequest,
  settledSteps,
} from '../api/index.ts'
import type { SourceText } from '../build-process/read-source.ts'
import { downloadLog } from '../http/download-log.ts'
import { errorResponse } from '../http/error-response.ts'
import { pageHeaders } from '../http/page-headers.ts'
import { pageRoutes } from '../http/page-routes.ts'
import { numberIn, readJson, readQuery } from '../http/read-input.ts'
import { createSignalBox } from '../http/signal-box.ts'
import { KEEP_ALIVE_MS, streamBuild } from '../http/stream-build.ts'
import { missing } from '../state/missing.ts'
import type { StoreWork } from '../store-upkeep/store-work.ts'
import type { PageKey } from './authorize.ts'
import type { ImageReport } from './image-report.ts'
import type { MemoryBuild } from './memory-build.ts'

export interface ShownBuild {
  readonly build: MemoryBuild
  readonly source: () => SourceText | undefined
  /** Undefined if there is no image yet. */
  readonly image: () => Promise<ImageReport | undefined>
}

export interface PageParts {
  readonly version: string
  /** The only build; undefined: the page lists past builds. */
  readonly only?: number
  readonly find: (id: number) => Promise<ShownBuild | undefined>
  readonly list: () => Promise<readonly Build[]>
  readonly cancel: () => void
  readonly disk: StoreWork
  readonly key: PageKey
  readonly pageDirectory: string
  readonly closing: AbortSignal
  /** Called with the number of open pages. */
  readonly onReaders: (count: number) => void
  readonly logger: Logger
}

type Handler = (c: Context) => Response | Promise<Response>

const DEFAULT_PART = 256 << 10

/** The part of the server's API that the page of builds at a terminal uses; the builds are in memory. */
export function createPageApp(parts: PageParts): Hono {
  const app = new Hono()
  app.use(pageHeaders({ isSecure: false }))
  app.onError((error, c) => errorResponse(c, error, parts.logger))
  app.get('/open', parts.key.enter)
  app.use('*', parts.key.require)
  app.use('/api/*', async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })
  for (const [name, handler] of Object.entries(answersOf(parts)) as [OperationName, Handler][]) {
    const { method, path } = operations[name]
    app.on(method.toUpperCase(), `/api/v1${path.replace(/\{(\w+)\}/g, ':$1')}`, handler)
  }
  app.all('/api/*', () => {
    throw missing('operation', 'on this page')
  })
  app.route('/', pageRoutes(parts))
  return app
}

function answersOf(parts: PageParts): Partial<Record<OperationName, Handler>> {
  const { only, version } = parts
  const session = { name: 'terminal', scope: 'admin', version, isTerminal: true, ...(only && { build: only }) }
  return {
    ...answersOfBuild(parts),
    ...answersOfDisk(parts),
    showSession: (c) => c.json(session),
    listBuilds: async (c) => {
      const { state } = readQuery(c, buildsQuery)
      const builds = await parts.list()
      return c.json({ builds: builds.filter((build) => state === undefined || build.state === state) })
    },
    followServer: (c) => countReader(c, parts),
  }
}

function answersOfBuild(parts: PageParts): Partial<Record<OperationName, Handler>> {
  const of =
    (handler: (c: Context, shown: ShownBuild) => Response | Promise<Response>): Handler =>
    async (c) => {
      const id = numberIn(c, 'build')
      return handler(c, (await parts.find(id)) ?? notThere('build', String(id)))
    }
  return {
    showBuild: of(async (c, { build }) => c.json(await build.build())),
    showSteps: of(async (c, { build, source }) => {
      const { steps, seq } = build.steps()
      return c.json({ steps: settledSteps(steps, await build.build()), seq, dockerfile: source() })
    }),
    followBuild: of((c, { build }) => streamBuild(c, build, parts.closing)),
    cancelBuild: of(async (c, { build }) => {
      parts.cancel()
      return c.json(await build.build())
    }),
    readStepLog: of((c, { build }) => {
      const { limit = DEFAULT_PART, ...range } = readQuery(c, logQuery)
      const step = c.req.param('step') ?? ''
      return c.json(build.log(step, { ...range, limit }) ?? notThere('step', step))
    }),
    downloadLog: of((c, { build }) => {
      c.header('content-type', 'text/plain; charset=utf-8')
      c.header('content-disposition', 'attachment; filename="build.log"')
      return c.body(downloadLog(build.events))
    }),
    showImage: of(async (c, { image }) => c.json((await image())?.image ?? notThere('image', 'of this build'))),
  }
}

function answersOfDisk({ disk, find }: PageParts): Partial<Record<OperationName, Handler>> {
  return {
    listLayerFiles: async (c) => {
      const diffId = c.req.param('diffId') ?? ''
      const shown = await find(numberIn(c, 'build'))
      return c.json((await shown?.image())?.files.get(diffId) ?? notThere('layer', diffId))
    },
    showDisk: async (c) => {
      const { root, groups } = await disk.usage()
      const { blocks, bsize, bavail } = await statfs(root)
      return c.json({ root, totalBytes: blocks * bsize, freeBytes: bavail * bsize, groups })
    },
    pruneDisk: async (c) => {
      const { all, olderThanHours } = await readJson(c, pruneRequest)
      const usedBeforeMs = olderThanHours === undefined ? undefined : Date.now() - olderThanHours * 3_600_000
      return c.json({ reclaimedBytes: await disk.prune({ all, ...(usedBeforeMs !== undefined && { usedBeforeMs }) }) })
    },
  }
}

const readers = new WeakMap<PageParts, number>()

/** Each open page holds this empty stream: the program exits when the last one is closed. */
function countReader(c: Context, parts: PageParts): Response {
  return streamSSE(c, async (stream) => {
    const change = (by: number): void => {
      const count = (readers.get(parts) ?? 0) + by
      readers.set(parts, count)
      parts.onReaders(count)
    }
    const box = createSignalBox(parts.closing)
    stream.onAbort(box.close)
    change(1)
    try {
      while (!box.isClosed()) {
        await stream.write(': \n\n')
        await box.wait(KEEP_ALIVE_MS)
      }
    } finally {
      change(-1)
    }
  })
}

function notThere(kind: string, name: string): never {
  throw missing(kind, name)
}
