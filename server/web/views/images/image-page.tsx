import { useState } from 'preact/hooks'
import type { Build, BuildImage, PlatformImage } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useLoadable } from '../../api/use-loadable.ts'
import { plainText } from '../../log/plain-text.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { FactTable } from '../../parts/fact-table.tsx'
import { Choice } from '../../parts/fields.tsx'
import { formatBytes } from '../../parts/format.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Empty } from '../../parts/notice.tsx'
import { ImageComparison } from './image-comparison.tsx'
import { ImageConfig } from './image-config.tsx'
import { ImageHistory } from './image-history.tsx'
import { ImageLayers } from './image-layers.tsx'

export function ImagePage({ build }: { readonly build: Build }) {
  if (build.state !== 'succeeded') {
    const isOpen = build.endedAt === undefined
    return <Empty title={isOpen ? 'The image is not built yet' : `There is no image: the build ${stateText(build)}`} />
  }
  return <BuiltImage build={build} />
}

function stateText({ state }: Build): string {
  return state === 'failed' ? 'failed' : `was ${state}`
}

function BuiltImage({ build }: { readonly build: Build }) {
  const loadable = useLoadable(String(build.id), (signal) => call('showImage', { path: { build: build.id }, signal }))
  return (
    <Loaded loadable={loadable} what="the image">
      {(image) => <Platforms build={build} image={image} />}
    </Loaded>
  )
}

function Platforms({ build, image: { images, before } }: { readonly build: Build; readonly image: BuildImage }) {
  const [platform, setPlatform] = useState(images[0]?.platform ?? '')
  const shown = images.find((image) => image.platform === platform) ?? images[0]
  if (shown === undefined) return <Empty title="The build has no image" />
  const older = before?.images.find((image) => image.platform === shown.platform)
  return (
    <>
      {images.length > 1 && (
        <div class="platform-choice">
          <Choice
            label="Platform"
            value={shown.platform}
            options={images.map((image) => image.platform)}
            onChange={setPlatform}
          />
        </div>
      )}
      <ImageFacts image={shown} />
      {before && older && (
        <ImageComparison key={shown.imageId} build={build.id} image={shown} before={older} beforeBuild={before.build} />
      )}
      <ImageLayers key={`layers ${shown.imageId}`} build={build.id} image={shown} />
      <ImageConfig config={shown.config} />
      <ImageHistory history={shown.history} />
    </>
  )
}

function ImageFacts({ image }: { readonly image: PlatformImage }) {
  return (
    <FactTable
      facts={[
        ['Size', formatBytes(image.sizeBytes)],
        ['Wasted', `${formatBytes(image.wastedBytes)} in files that later layers replace or remove`],
        ['Platform', plainText(image.platform)],
        ['Image ID', <Copyable key="id" value={image.imageId} label="image ID" />],
      ]}
    />
  )
}
