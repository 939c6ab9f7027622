import { useEffect } from 'preact/hooks'
import type { ListedWorker } from '../../api/index.ts'
import { call } from '../api/call.ts'
import { useLoadable } from '../api/use-loadable.ts'
import { plainText } from '../log/plain-text.ts'
import { formatAgo, formatTime } from '../parts/format.ts'
import { Loaded } from '../parts/loaded.tsx'
import { Empty } from '../parts/notice.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { useNow } from '../parts/use-now.ts'

const REFRESH_MS = 5000

export function WorkersPage() {
  const now = useNow(5000)
  const loadable = useLoadable('workers', (signal) => call('listWorkers', { signal }))
  const { value, failure, reload } = loadable
  useEffect(() => {
    const next = setTimeout(reload, REFRESH_MS)
    return () => clearTimeout(next)
  }, [value, failure, reload])
  return (
    <>
      <PageTitle title="Workers" />
      <Loaded loadable={loadable} what="workers">
        {({ workers }) =>
          workers.length === 0 ? (
            <Empty title="No worker is connected">
              <p>
                Builds wait until one is: <code>tsbuild worker --database URL</code>
              </p>
            </Empty>
          ) : (
            <ul class="rows">
              {workers.map((worker) => (
                <WorkerRow key={worker.id} worker={worker} now={now} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  )
}

function WorkerRow({ worker, now }: { readonly worker: ListedWorker; readonly now: number }) {
  return (
    <li>
      <span class={`badge ${worker.draining ? 'quiet' : 'good'}`}>{worker.draining ? 'draining' : 'ready'}</span>
      <span class="grow wrap">
        <strong>{plainText(worker.host)}</strong>
        <br />
        <span class="quiet-text">{plainText(worker.id)}</span>
      </span>
      <span>
        {worker.running.length} of {worker.slots} busy
        {worker.running.map((build) => (
          <a key={build} class="spaced" href={`/builds/${build}`}>
            build {build}
          </a>
        ))}
      </span>
      <time class="quiet-text" dateTime={worker.startedAt} title={`Started ${formatTime(worker.startedAt)}`}>
        seen {formatAgo(worker.seenAt, now)}
      </time>
    </li>
  )
}
