import { useState } from 'preact/hooks'
import type { LayerFiles } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useLoadable } from '../../api/use-loadable.ts'
import { plainText } from '../../log/plain-text.ts'
import { Field } from '../../parts/fields.tsx'
import { formatBytes, formatCount } from '../../parts/format.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Empty } from '../../parts/notice.tsx'
import { ScrolledTable } from '../../parts/scrolled-table.tsx'

const SHOWN = 100

export function LayerFileTable({ build, diffId }: { readonly build: number; readonly diffId: string }) {
  const loadable = useLoadable(diffId, (signal) => call('listLayerFiles', { path: { build, diffId }, signal }))
  return (
    <div class="layer-files">
      <Loaded loadable={loadable} what="files">
        {(listed) => <Files listed={listed} />}
      </Loaded>
    </div>
  )
}

function Files({ listed }: { readonly listed: LayerFiles }) {
  const [filter, setFilter] = useState('')
  const [limit, setLimit] = useState(SHOWN)
  const files = listed.files.filter(({ kind }) => kind !== 'directory')
  const fitting = files.filter(({ path }) => path.toLowerCase().includes(filter.toLowerCase()))
  if (files.length === 0) return <Empty title="The layer has no files" />
  return (
    <>
      {files.length > 10 && <Field label="Filter by path" value={filter} onChange={setFilter} />}
      <ScrolledTable>
        <caption class="visually-hidden">Files of the layer, largest first</caption>
        <thead>
          <tr>
            <th class="number">Size</th>
            <th>Path</th>
            <th>Mode</th>
            <th>Owner</th>
          </tr>
        </thead>
        <tbody>
          {fitting.slice(0, limit).map((file) => (
            <FileRow key={file.path} file={file} />
          ))}
        </tbody>
      </ScrolledTable>
      {fitting.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + 500)}>
          Show more
        </button>
      )}
      {listed.fileCount > files.length && (
        <p class="quiet-text">
          The {formatCount(files.length)} largest of {formatCount(listed.fileCount)} files
        </p>
      )}
    </>
  )
}

function FileRow({ file }: { readonly file: LayerFiles['files'][number] }) {
  const { path, kind, sizeBytes, mode, uid, gid, target } = file
  return (
    <tr>
      <td class="number">{kind === 'file' ? formatBytes(sizeBytes) : ''}</td>
      <td class="wrap">
        <code>{plainText(path)}</code>
        {target !== undefined && <code class="quiet-text"> → {plainText(target)}</code>}
        {kind === 'whiteout' && <span class="badge quiet">removed</span>}
        {kind === 'device' && <span class="badge quiet">device</span>}
      </td>
      <td>
        <code>{mode.toString(8).padStart(4, '0')}</code>
      </td>
      <td>
        <code>
          {uid}:{gid}
        </code>
      </td>
    </tr>
  )
}
