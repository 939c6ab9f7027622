import { parseReference } from '../../registry/index.ts'
import type { OutputRequest } from '../build-tools.ts'
import type { Output } from '../builder.ts'
import type { Engine } from '../engine.ts'
import { BuildError } from '../errors.ts'
import { pushImage } from '../transfer/push-image.ts'
import type { Destination } from './destination.ts'
import type { NamedImage } from './prepare-image.ts'
import { exportArchive } from './to-archive.ts'
import { exportLayout } from './to-layout.ts'
import { exportLocal } from './to-local.ts'
import { exportTar } from './to-tar.ts'

type Parts = Pick<Engine, 'store' | 'native' | 'registry'>

/** Writes one output of a build; the digest of the manifest where there is one. */
export async function writeOutput(
  parts: Parts,
  request: OutputRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { output } = request
  switch (output.type) {
    case 'image':
      return push(parts, request, output, signal)
    case 'oci':
    case 'docker':
      return writeImage(parts, request, output, signal)
    case 'tar':
    case 'local':
      return writeFiles(parts, request, output, signal)
  }
}

/** To each tag's registry. Layers go once: the second tag finds them there. */
async function push(
  { store, registry }: Parts,
  request: OutputRequest,
  output: Extract<Output, { type: 'image' }>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { image, tags, onProgress, annotations } = request
  if (image === undefined || tags.length === 0) {
    throw new BuildError('BUILD_OUTPUT_FAILED', 'Cannot push the image: it has no name (a tag)', {
      hint: 'add -t name:tag',
    })
  }
  const compression = output.compression === undefined ? {} : { compression: output.compression }
  const client = await registry()
  let digest: string | undefined
  for (const tag of tags) {
    digest = await pushImage(
      {
        store,
        client,
        reference: parseReference(tag),
        image,
        onProgress,
        ...compression,
        ...(annotations && { annotations }),
      },
      signal,
    )
  }
  return digest
}

async function writeImage(
  { store }: Parts,
  request: OutputRequest,
  output: Extract<Output, { type: 'oci' | 'docker' }>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { type: format, destination } = output
  const image = namedImage(request)
  const compression = output.compression === undefined ? {} : { compression: output.compression }
  if (!output.tar) return (await exportLayout({ store, image, format, destination, ...compression }, signal)).digest
  const images = [image]
  const archive = { store, images, format, destination: streamFor(destination), ...compression }
  const [manifest] = await exportArchive(archive, signal)
  return manifest?.digest
}

async function writeFiles(
  { store, native }: Parts,
  { chain, epochSeconds }: OutputRequest,
  { type, destination, rewriteTimestamp }: Extract<Output, { type: 'tar' | 'local' }>,
  signal: AbortSignal,
): Promise<undefined> {
  const limit = rewriteTimestamp && epochSeconds !== undefined ? { maxMtimeSeconds: epochSeconds } : {}
  const files = { store, trees: native.trees, chain, ...limit }
  if (type === 'tar') await exportTar({ ...files, destination: streamFor(destination) }, signal)
  else await exportLocal({ ...files, destination }, signal)
}

function namedImage({ image, tags, annotations }: OutputRequest): NamedImage {
  if (image === undefined) throw new Error('an output of an image was asked for without an image')
  return { id: image.id, references: tags, ...(annotations && { annotations }) }
}

function streamFor(destination: string): Destination {
  return destination === '-' ? process.stdout : destination
}
