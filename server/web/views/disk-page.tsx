import { useState } from 'preact/hooks'
import type { DiskUse } from '../../api/index.ts'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { useAction, useLoadable } from '../api/use-loadable.ts'
import { Confirm } from '../parts/dialog.tsx'
import { Check, Field } from '../parts/fields.tsx'
import { formatBytes, formatCount } from '../parts/format.ts'
import { Loaded } from '../parts/loaded.tsx'
import { FailureNotice } from '../parts/notice.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ScrolledTable } from '../parts/scrolled-table.tsx'
import { ShareBar } from '../parts/share-bar.tsx'
import { AutomaticPruning } from './automatic-pruning.tsx'

const NAMES: Readonly<Record<DiskUse['groups'][number]['name'], string>> = {
  images: 'Images',
  'build-cache': 'Build cache',
  containers: 'Containers',
  volumes: 'Volumes',
  database: 'Database',
  checkouts: 'Checkouts',
}

export function DiskPage() {
  const loadable = useLoadable('disk', (signal) => call('showDisk', { signal }))
  const isAdmin = useMay('admin')
  return (
    <>
      <PageTitle title="Disk use" />
      <Loaded loadable={loadable} what="disk usage">
        {(disk) => (
          <>
            <p>
              {formatBytes(disk.freeBytes)} of {formatBytes(disk.totalBytes)} free on the disk of{' '}
              <code>{disk.root}</code>
            </p>
            <ShareBar value={disk.totalBytes - disk.freeBytes} of={disk.totalBytes} label="Disk in use" />
            <DiskGroups groups={disk.groups} />
            {disk.pruning && <AutomaticPruning {...disk.pruning} />}
          </>
        )}
      </Loaded>
      {isAdmin && <Prune onChange={loadable.reload} />}
    </>
  )
}

function DiskGroups({ groups }: Pick<DiskUse, 'groups'>) {
  return (
    <ScrolledTable>
      <thead>
        <tr>
          <th>What</th>
          <th class="number">Count</th>
          <th class="number">Size</th>
          <th class="number">Reclaimable</th>
        </tr>
      </thead>
      <tbody>
        {groups.map(({ name, count, sizeBytes, reclaimableBytes }) => (
          <tr key={name}>
            <td>{NAMES[name]}</td>
            <td class="number">{count === undefined ? '' : formatCount(count)}</td>
            <td class="number">{formatBytes(sizeBytes)}</td>
            <td class="number">{formatBytes(reclaimableBytes)}</td>
          </tr>
        ))}
      </tbody>
    </ScrolledTable>
  )
}

function Prune({ onChange }: { readonly onChange: () => void }) {
  const [all, setAll] = useState(false)
  const [hours, setHours] = useState('')
  const [isAsking, setAsking] = useState(false)
  const [reclaimed, setReclaimed] = useState<number>()
  const { failure, isBusy, run } = useAction()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (all) setAsking(true)
    else prune()
  }
  const prune = (): void => {
    setReclaimed(undefined)
    run(async () => {
      const body = { all, ...(hours !== '' && { olderThanHours: Number(hours) }) }
      setReclaimed((await call('pruneDisk', { body })).reclaimedBytes)
      onChange()
    })
  }
  return (
    <>
      <form class="settings" onSubmit={submit}>
        <fieldset>
          <legend>Prune</legend>
          <p>Removes unused build cache and images. Images in registries are kept.</p>
          <Check label="Include tagged images" value={all} onChange={setAll} />
          <Field
            label="Only data that has been unused for this many hours"
            type="number"
            value={hours}
            onChange={setHours}
            placeholder="0"
          />
          {failure && <FailureNotice failure={failure} />}
          <div class="buttons">
            <button type="submit" class="danger" disabled={isBusy}>
              {isBusy ? 'Pruning…' : 'Prune'}
            </button>
            <span role="status">{reclaimed !== undefined && `Reclaimed ${formatBytes(reclaimed)}`}</span>
          </div>
        </fieldset>
      </form>
      {isAsking && <ConfirmPruning onConfirm={prune} onClose={() => setAsking(false)} />}
    </>
  )
}

function ConfirmPruning(actions: { readonly onConfirm: () => void; readonly onClose: () => void }) {
  const text = 'Images that have not been pushed to a registry have to be built again.'
  return <Confirm title="Prune tagged images too?" text={text} verb="Prune" {...actions} />
}
