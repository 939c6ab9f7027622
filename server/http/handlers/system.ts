import { statfs } from 'node:fs/promises'
import { newToken, pruneRequest } from '../../api/index.ts'
import type { Handler } from '../handler.ts'
import { numberIn, readJson } from '../read-input.ts'

interface WorkerRow {
  readonly [key: string]: unknown
  readonly id: string
  readonly host: string
  readonly slots: number
  readonly started_at: Date
  readonly seen_at: Date
  readonly draining: boolean
  readonly running: number[]
}

const listWorkers: Handler = async (c, { database }) => {
  const { rows } = await database.query<WorkerRow>(
    `select w.*, coalesce((select array_agg(b.id order by b.id) from builds b where b.worker = w.id and b.state = 'running'), '{}') as running
     from workers w where seen_at > now() - interval '1 minute' order by started_at`,
  )
  const workers = rows.map(({ started_at, seen_at, running, ...row }) => ({
    ...row,
    running: running.map(Number),
    startedAt: started_at.toISOString(),
    seenAt: seen_at.toISOString(),
  }))
  return c.json({ workers })
}

const showDisk: Handler = async (c, { database, store, pruning }) => {
  const { root, groups } = await store.usage()
  const { rows } = await database.query<{ bytes: number }>('select pg_database_size(current_database()) as bytes')
  const disk = await statfs(root)
  const ofDatabase = { name: 'database', sizeBytes: rows[0]?.bytes ?? 0, reclaimableBytes: 0 }
  const totals = { totalBytes: disk.blocks * disk.bsize, freeBytes: disk.bavail * disk.bsize }
  return c.json({ root, ...totals, groups: [...groups, ofDatabase], ...(pruning && { pruning: pruning() }) })
}

const pruneDisk: Handler = async (c, { store }) => {
  const { all, olderThanHours } = await readJson(c, pruneRequest)
  const usedBeforeMs = olderThanHours === undefined ? undefined : Date.now() - olderThanHours * 3_600_000
  return c.json({ reclaimedBytes: await store.prune({ all, ...(usedBeforeMs !== undefined && { usedBeforeMs }) }) })
}

const listTokens: Handler = async (c, { tokens }) => c.json({ tokens: await tokens.list() })

const createToken: Handler = async (c, { tokens }) => {
  const { name, scope, expiresInDays } = await readJson(c, newToken)
  return c.json(await tokens.create(name, scope, expiresInDays), 201)
}

const deleteToken: Handler = async (c, { tokens }) => {
  await tokens.delete(numberIn(c, 'token'))
  return c.body(null, 204)
}

export const systemHandlers = { listWorkers, showDisk, pruneDisk, listTokens, createToken, deleteToken }
