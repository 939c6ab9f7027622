import { useState } from 'preact/hooks'
import type { PlatformImage } from '../../../api/index.ts'
import { plainText } from '../../log/plain-text.ts'
import { formatBytes, formatCount, shortDigest } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { Empty } from '../../parts/notice.tsx'
import { ShareBar } from '../../parts/share-bar.tsx'
import { LayerFileTable } from './layer-files.tsx'

interface ImageLayersProps {
  readonly build: number
  readonly image: PlatformImage
}

/** Each layer expands to its files. */
export function ImageLayers({ build, image: { layers } }: ImageLayersProps) {
  const [open, setOpen] = useState<string>()
  const largest = Math.max(1, ...layers.map(({ sizeBytes }) => sizeBytes))
  return (
    <section>
      <h2>Layers</h2>
      {layers.length === 0 && <Empty title="The image has no layers" />}
      <ol class="layers">
        {layers.map(({ diffId, sizeBytes, createdBy, fileCount, wastedBytes }, index) => {
          const key = `${index} ${diffId}`
          const isOpen = open === key
          return (
            <li key={key} class="layer">
              <button type="button" aria-expanded={isOpen} onClick={() => setOpen(isOpen ? undefined : key)}>
                <Icon name="chevron" />
                <span class="layer-what">
                  <code>{plainText(createdBy ?? 'unknown instruction')}</code>
                  <span class="quiet-text">
                    {shortDigest(diffId)} · {formatCount(fileCount)} {fileCount === 1 ? 'file' : 'files'}
                    {wastedBytes > 0 && ` · ${formatBytes(wastedBytes)} wasted below`}
                  </span>
                </span>
                <span class="layer-size">{formatBytes(sizeBytes)}</span>
                <ShareBar value={sizeBytes} of={largest} label={`Size of layer ${index + 1}`} />
              </button>
              {isOpen && <LayerFileTable build={build} diffId={diffId} />}
            </li>
          )
        })}
      </ol>
    </section>
  )
}
