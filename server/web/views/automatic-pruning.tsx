import type { DiskUse } from '../../api/index.ts'
import { formatAgo, formatBytes, formatCount, formatTime } from '../parts/format.ts'
import { ScrolledTable } from '../parts/scrolled-table.tsx'
import { useNow } from '../parts/use-now.ts'

export function AutomaticPruning({ isEnabled, keepBytes, keepDays, stores }: NonNullable<DiskUse['pruning']>) {
  if (!isEnabled) return <p>Automatic pruning is off: set store.pruneSeconds to use it.</p>
  const limits = [
    ...(keepDays > 0 ? [`what was used in the last ${formatCount(keepDays)} days`] : []),
    ...(keepBytes !== undefined ? [`${formatBytes(keepBytes)} at most`] : []),
  ]
  return (
    <section>
      <h2>Automatic pruning</h2>
      <p>{limits.length > 0 ? `Keeps ${limits.join(', ')}.` : 'Keeps everything while there is enough space.'}</p>
      {stores.length === 0 ? (
        <p>Nothing has been pruned since the server started.</p>
      ) : (
        <PrunedStores stores={stores} />
      )}
    </section>
  )
}

function PrunedStores({ stores }: Pick<NonNullable<DiskUse['pruning']>, 'stores'>) {
  const now = useNow(30_000)
  return (
    <ScrolledTable>
      <thead>
        <tr>
          <th>Store</th>
          <th>Pruned</th>
          <th class="number">Removed</th>
          <th class="number">Size</th>
        </tr>
      </thead>
      <tbody>
        {stores.map(({ directory, prunedAt, sizeBytes, reclaimedBytes }) => (
          <tr key={directory}>
            <td class="path">
              <code>{directory}</code>
            </td>
            <td>
              <time dateTime={prunedAt} title={formatTime(prunedAt)}>
                {formatAgo(prunedAt, now)}
              </time>
            </td>
            <td class="number">{formatBytes(reclaimedBytes)}</td>
            <td class="number">{formatBytes(sizeBytes)}</td>
          </tr>
        ))}
      </tbody>
    </ScrolledTable>
  )
}
