import * as v from 'valibot'
import { buildId, byteCount, plainName, projectName, timestamp } from './common.ts'

/** `read` sees everything except secrets; `build` also starts and cancels builds; `admin` changes everything. */
export const SCOPES = ['read', 'build', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export const login = v.strictObject({ token: v.pipe(v.string(), v.nonEmpty(), v.maxLength(256)) })
export const session = v.object({
  name: v.string(),
  scope: v.picklist(SCOPES),
  version: v.string(),
  /** The only build, on the page of a build at a terminal. */
  build: v.exactOptional(buildId),
  /** Builds of a terminal, not those of a server. */
  isTerminal: v.exactOptional(v.boolean()),
})
export type Session = v.InferOutput<typeof session>

const token = v.object({
  id: v.number(),
  name: plainName,
  scope: v.picklist(SCOPES),
  createdAt: timestamp,
  expiresAt: v.exactOptional(timestamp),
  lastUsedAt: v.exactOptional(timestamp),
})
export type ListedToken = v.InferOutput<typeof token>
export const tokens = v.object({ tokens: v.array(token) })
export const newToken = v.strictObject({
  name: plainName,
  scope: v.picklist(SCOPES),
  expiresInDays: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650))),
})
/** The only response that contains the token's value. */
export const createdToken = v.object({ token, value: v.string() })

const worker = v.object({
  id: v.string(),
  host: v.string(),
  slots: v.number(),
  running: v.array(buildId),
  startedAt: timestamp,
  seenAt: timestamp,
  draining: v.boolean(),
})
export type ListedWorker = v.InferOutput<typeof worker>
export const workers = v.object({ workers: v.array(worker) })

const delivery = v.object({
  id: v.number(),
  project: v.exactOptional(projectName),
  source: v.string(),
  deliveryId: v.string(),
  event: v.string(),
  receivedAt: timestamp,
  /** `accepted`: a build was queued; `ignored`: with the reason. */
  outcome: v.picklist(['pending', 'accepted', 'ignored']),
  reason: v.exactOptional(v.string()),
  builds: v.array(buildId),
})
export const deliveries = v.object({ deliveries: v.array(delivery), next: v.exactOptional(v.number()) })

/** Disk use of the store on the machine that responds. */
export const diskUse = v.object({
  root: v.string(),
  totalBytes: byteCount,
  freeBytes: byteCount,
  groups: v.array(
    v.object({
      name: v.picklist(['images', 'build-cache', 'containers', 'volumes', 'database', 'checkouts']),
      count: v.exactOptional(v.number()),
      sizeBytes: byteCount,
      reclaimableBytes: byteCount,
    }),
  ),
  /** Pruning by the worker in the server's process; absent if it runs no builds. */
  pruning: v.exactOptional(
    v.object({
      isEnabled: v.boolean(),
      /** For all stores together; absent until the first pruning, unless configured. */
      keepBytes: v.exactOptional(byteCount),
      keepDays: v.number(),
      /** Stores that were pruned since the server started. */
      stores: v.array(
        v.object({ directory: v.string(), prunedAt: timestamp, sizeBytes: byteCount, reclaimedBytes: byteCount }),
      ),
    }),
  ),
})
export type DiskUse = v.InferOutput<typeof diskUse>
export const pruneRequest = v.strictObject({
  /** Also remove images that are tagged but unused. */
  all: v.optional(v.boolean(), false),
  /** Keep images used within this time. */
  olderThanHours: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
})
export const pruneResult = v.object({ reclaimedBytes: byteCount })
