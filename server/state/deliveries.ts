import type { Queries } from './database.ts'

interface DeliveryRow {
  readonly [key: string]: unknown
  readonly id: number
  readonly project: string | null
  readonly source: string
  readonly delivery_id: string
  readonly event: string
  readonly received_at: Date
  readonly outcome: 'accepted' | 'ignored'
  readonly reason: string | null
  readonly builds: number[]
}

export interface NewDelivery {
  readonly project?: string
  readonly source: string
  readonly deliveryId: string
  /** If only the body is signed: the same body under another ID is a replay. */
  readonly bodyDigest?: Buffer
  readonly event: string
  readonly outcome: 'accepted' | 'ignored'
  readonly reason?: string
}

/** In the caller's transaction; IDs in the order of the deliveries. Undefined for a known delivery. */
export async function recordDeliveries(
  queries: Queries,
  deliveries: readonly NewDelivery[],
): Promise<readonly (number | undefined)[]> {
  const { rows } = await queries.query<{ id: number; source: string; project: string | null; delivery_id: string }>(
    `insert into deliveries (project, source, delivery_id, body_digest, event, outcome, reason)
     select project, source, delivery_id, body_digest, event, outcome, reason
     from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[]) with ordinality
       as delivery(project, source, delivery_id, body_digest, event, outcome, reason, place)
     order by place on conflict do nothing returning id, source, project, delivery_id`,
    [
      deliveries.map(({ project }) => project ?? null),
      deliveries.map(({ source }) => source),
      deliveries.map(({ deliveryId }) => deliveryId),
      deliveries.map(({ bodyDigest }) => bodyDigest ?? null),
      deliveries.map(({ event }) => event),
      deliveries.map(({ outcome }) => outcome),
      deliveries.map(({ reason }) => reason ?? null),
    ],
  )
  const ids = new Map(rows.map((row) => [keyOf(row.source, row.project, row.delivery_id), row.id]))
  return deliveries.map(({ source, project, deliveryId }) => {
    const key = keyOf(source, project, deliveryId)
    const id = ids.get(key)
    ids.delete(key) // the second delivery with the same ID in a batch is the repeated one
    return id
  })
}

function keyOf(source: string, project: string | null | undefined, deliveryId: string): string {
  return JSON.stringify([source, project ?? null, deliveryId])
}

/** Whether the same ID was delivered before: a repeated delivery, not a replay under another ID. */
export async function isKnownDelivery(
  queries: Queries,
  { project, source, deliveryId }: NewDelivery,
): Promise<boolean> {
  const { rows } = await queries.query(
    `select 1 from deliveries where source = $1 and coalesce(project, '') = $2 and delivery_id = $3`,
    [source, project ?? '', deliveryId],
  )
  return rows.length > 0
}

/** Newest first. */
export async function listDeliveries(
  queries: Queries,
  project: string,
  { before, limit = 50 }: { readonly before?: number; readonly limit?: number },
) {
  const { rows } = await queries.query<DeliveryRow>(
    `select d.*, coalesce((select array_agg(b.id order by b.id) from builds b where b.delivery = d.id), '{}') as builds
     from deliveries d where d.project = $1 and ($2::bigint is null or d.id < $2) order by d.id desc limit $3`,
    [project, before, limit + 1],
  )
  const deliveries = rows.slice(0, limit).map((row) => ({
    id: row.id,
    ...(row.project !== null && { project: row.project }),
    source: row.source,
    deliveryId: row.delivery_id,
    event: row.event,
    receivedAt: row.received_at.toISOString(),
    outcome: row.outcome,
    ...(row.reason !== null && { reason: row.reason }),
    builds: row.builds.map(Number),
  }))
  return { deliveries, ...(rows.length > limit && { next: deliveries.at(-1)?.id }) }
}
