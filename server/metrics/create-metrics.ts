import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { BUILD_STATES, type DiskUse } from '../api/index.ts'
import type { Database } from '../state/database.ts'

export interface Metrics {
  text(): Promise<string>
  readonly contentType: string
  request(labels: { readonly method: string; readonly route: string; readonly status: number }, seconds: number): void
}

/** For Prometheus: counts of builds come from the database, therefore all servers of a database report the same. */
export function createMetrics(database: Database, pruning: Pruning | undefined): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'tsbuild_' })
  const requests = new Histogram({
    name: 'tsbuild_http_request_duration_seconds',
    help: 'Duration of HTTP requests',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers: [registry],
  })
  const builds = new Gauge({
    name: 'tsbuild_builds',
    help: 'Builds by state',
    labelNames: ['state'],
    registers: [registry],
  })
  const waiting = new Gauge({
    name: 'tsbuild_oldest_queued_build_seconds',
    help: 'Age of the oldest waiting build',
    registers: [registry],
  })
  const workers = new Gauge({ name: 'tsbuild_workers', help: 'Workers seen in the last minute', registers: [registry] })
  const scrapes = new Counter({ name: 'tsbuild_scrapes_total', help: 'Reads of these metrics', registers: [registry] })
  const refresh = async (): Promise<void> => {
    scrapes.inc()
    const counts = await database.query<{ state: string; count: number }>(
      'select state, count(*) as count from builds group by state',
    )
    // Includes states without builds: alerts need the zero.
    const counted = new Map(counts.rows.map(({ state, count }) => [state, count]))
    for (const state of BUILD_STATES) builds.set({ state }, counted.get(state) ?? 0)
    const { rows } = await database.query<{ age: number | null; workers: number }>(
      `select (select extract(epoch from now() - min(created_at))::float8 from builds where state = 'queued') as age,
              (select count(*) from workers where seen_at > now() - interval '1 minute') as workers`,
    )
    waiting.set(rows[0]?.age ?? 0)
    workers.set(rows[0]?.workers ?? 0)
  }
  if (pruning !== undefined) addStoreMetrics(registry, pruning)
  return {
    contentType: registry.contentType,
    text: async () => {
      await refresh()
      return registry.metrics()
    },
    request: ({ method, route, status }, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
  }
}

type Pruning = () => NonNullable<DiskUse['pruning']>

/** Result of the last automatic pruning of each store of this process. */
function addStoreMetrics(registry: Registry, pruning: Pruning): void {
  const gauge = (name: string, help: string, read: (store: ReturnType<Pruning>['stores'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['store'],
      registers: [registry],
      collect() {
        for (const store of pruning().stores) this.set({ store: store.directory }, read(store))
      },
    })
  gauge('tsbuild_store_bytes', 'Size of the store after the last automatic pruning', ({ sizeBytes }) => sizeBytes)
  gauge('tsbuild_store_pruned_bytes', 'What the last automatic pruning removed', ({ reclaimedBytes }) => reclaimedBytes)
  gauge(
    'tsbuild_store_pruned_timestamp_seconds',
    'Time of the last automatic pruning',
    ({ prunedAt }) => Date.parse(prunedAt) / 1000,
  )
}
