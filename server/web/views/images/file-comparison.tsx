import { call } from '../../api/call.ts'
import { useLoadable } from '../../api/use-loadable.ts'
import { plainText } from '../../log/plain-text.ts'
import { formatBytes } from '../../parts/format.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { compareFiles, type LayerPair } from './compare-images.ts'

interface FileComparisonProps {
  readonly pair: LayerPair
  readonly builds: { readonly before: number; readonly after: number }
}

const SHOWN = 200

/** Files of a layer that were added, removed or changed in size, among those that are listed. */
export function FileComparison({ pair, builds }: FileComparisonProps) {
  const key = `${pair.before?.diffId} ${pair.after?.diffId}`
  const loadable = useLoadable(key, async (signal) => {
    const list = (build: number, diffId: string | undefined) =>
      diffId === undefined ? undefined : call('listLayerFiles', { path: { build, diffId }, signal })
    const [before, after] = await Promise.all([
      list(builds.before, pair.before?.diffId),
      list(builds.after, pair.after?.diffId),
    ])
    return compareFiles(before, after)
  })
  return (
    <Loaded loadable={loadable} what="files">
      {(changes) => (
        <ul class="file-changes">
          {changes.length === 0 && <li>The same files with the same sizes: contents, owners or modes differ</li>}
          {changes.slice(0, SHOWN).map(({ path, kind, deltaBytes }) => (
            <li key={path}>
              <span class={`file-change ${kind}`}>{kind}</span> <code class="wrap">{plainText(path)}</code>{' '}
              <span class="quiet-text">
                {deltaBytes > 0 ? '+' : ''}
                {formatBytes(deltaBytes)}
              </span>
            </li>
          ))}
          {changes.length > SHOWN && <li>{changes.length - SHOWN} more</li>}
        </ul>
      )}
    </Loaded>
  )
}
