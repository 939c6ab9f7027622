import { useState } from 'preact/hooks'
import type { PlatformImage } from '../../../api/index.ts'
import { plainText } from '../../log/plain-text.ts'
import { formatBytes } from '../../parts/format.ts'
import { changedConfig, changedLayers, type LayerPair } from './compare-images.ts'
import { FileComparison } from './file-comparison.tsx'

interface ImageComparisonProps {
  readonly build: number
  readonly image: PlatformImage
  readonly beforeBuild: number
  readonly before: PlatformImage
}

export function ImageComparison({ build, image, beforeBuild, before }: ImageComparisonProps) {
  const layers = changedLayers(before, image)
  const config = changedConfig(before, image)
  const delta = image.sizeBytes - before.sizeBytes
  return (
    <section class="card">
      <h2>
        Compared with{' '}
        {beforeBuild === 0 ? 'the previous image' : <a href={`/builds/${beforeBuild}/image`}>build {beforeBuild}</a>}
      </h2>
      <p>
        {delta === 0 ? 'The same size' : `${formatBytes(Math.abs(delta))} ${delta > 0 ? 'larger' : 'smaller'}`},{' '}
        {layers.length === 0 ? 'the same layers' : `${layers.length} of ${image.layers.length} layers changed`}
        {config.length === 0 ? ', the same configuration' : ''}
      </p>
      {layers.map((pair, index) => (
        <ChangedLayer key={index} pair={pair} builds={{ before: beforeBuild, after: build }} />
      ))}
      {config.map(({ name, removed, added }) => (
        <div key={name}>
          <p>Configuration {plainText(name)}</p>
          <pre class="change">
            {removed.map((line) => (
              <del key={line}>{`-\u00a0${plainText(line)}\n`}</del>
            ))}
            {added.map((line) => (
              <ins key={line}>{`+\u00a0${plainText(line)}\n`}</ins>
            ))}
          </pre>
        </div>
      ))}
    </section>
  )
}

interface ChangedLayerProps {
  readonly pair: LayerPair
  readonly builds: { readonly before: number; readonly after: number }
}

function ChangedLayer({ pair, builds }: ChangedLayerProps) {
  const { before, after } = pair
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  const delta = (after?.sizeBytes ?? 0) - (before?.sizeBytes ?? 0)
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="changed-layer" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <span class={`file-change ${kind}`}>{kind}</span>{' '}
        <code>{plainText((after ?? before)?.createdBy ?? 'unknown instruction')}</code>{' '}
        <span class="quiet-text whole">
          {delta > 0 ? '+' : ''}
          {delta === 0 ? 'same size' : formatBytes(delta)}
        </span>
      </summary>
      {isOpen && <FileComparison pair={pair} builds={builds} />}
    </details>
  )
}
