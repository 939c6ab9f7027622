import { dirname } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import type { Descriptor } from '../../image-spec/index.ts'
import { fullName, present } from '../../image-spec/index.ts'
import type { Annotation, Destination, ImageSources, PlatformImage } from '../../images/index.ts'
import { asExportError, exportArchive, exportLayout, pushImage } from '../../images/index.ts'
import { createDirectories } from '../../layer-store/index.ts'
import type { Native } from '../../sandbox-native/driver/index.ts'
import { BuildError } from '../request/errors.ts'
import type { Output, OutputCompression } from '../request/output.ts'
import type { OutputRequest } from '../run/build-tools.ts'
import { writeFiles } from './write-files.ts'

interface Parts extends ImageSources {
  readonly native: Native
}

/** Writes one output of a build; resolves to its manifest or index, if it has one. */
export async function writeOutput(
  parts: Parts,
  request: OutputRequest,
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  const { output } = request
  // SECURITY: those of type local are created for their owner only: files in them keep set-user-ID bits.
  if ('destination' in output && output.type !== 'local') createParent(output.destination)
  switch (output.type) {
    case 'image':
      return push(parts, { ...request, output }, signal)
    case 'oci':
    case 'docker':
      return writeImage(parts, { ...request, output }, signal)
    case 'tar':
    case 'local':
      return writeFiles(parts, { ...request, output }, signal)
    default:
      return output satisfies never
  }
}

/** SPEC: buildx build/opt.go, lazyFileWriter. */
function createParent(destination: string): void {
  const parent = dirname(destination)
  try {
    if (destination !== '-') createDirectories(parent, 0o755)
  } catch (error) {
    throw asExportError(hasCode(error, 'ENOENT') ? destination : parent, error)
  }
}

type ImageRequest<Type extends 'image' | 'oci' | 'docker'> = OutputRequest & {
  readonly output: Extract<Output, { type: Type }>
}

/** Pushes to each tag's registry. Layers are uploaded once: the second tag finds them there. */
async function push(
  { store, registry }: Parts,
  request: ImageRequest<'image'>,
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  const { output, tags, onProgress, searched } = request
  if (tags.length === 0) {
    throw new BuildError('BUILD_OUTPUT_FAILED', 'Cannot push the image: it has no name (expected a tag)', {
      hint: 'Add -t name:tag',
    })
  }
  const client = await registry()
  let pushed: Descriptor | undefined
  for (const tag of tags) {
    pushed = await pushImage(
      {
        store,
        client,
        reference: tag,
        byDigest: output.pushByDigest ?? false,
        images: platformImages(request),
        alwaysIndex: request.isMultiPlatform,
        onProgress,
        ...compressionOf(output),
        ...(output.mediaTypes && { mediaTypes: output.mediaTypes }),
        annotations: annotationsOf(request),
        ...(searched && { beforeManifests: searched }),
      },
      signal,
    )
  }
  return pushed
}

async function writeImage(
  { store }: Parts,
  request: ImageRequest<'oci' | 'docker'>,
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  const { output, tags, onProgress } = request
  const { type: format, destination, mediaTypes = 'oci' } = output
  const kind = { format, mediaTypes, destination }
  const image = {
    images: platformImages(request),
    alwaysIndex: request.isMultiPlatform,
    references: tags.map(fullName),
    annotations: annotationsOf(request),
  }
  if (!output.tar) return exportLayout({ store, image, ...kind, onProgress, ...compressionOf(output) }, signal)
  const images = [image]
  const archive = { store, images, ...kind, destination: streamFor(destination), onProgress, ...compressionOf(output) }
  const [manifest] = await exportArchive(archive, signal)
  return manifest
}

function annotationsOf({ annotations = [], output }: ImageRequest<'image' | 'oci' | 'docker'>): readonly Annotation[] {
  return [...(output.annotations ?? []), ...annotations]
}

/**
 * SPEC: BuildKit exporter/containerimage/opts.go: layers that are already compressed stay as they are unless forced.
 */
function compressionOf({ compression, compressionLevel, forceCompression = false }: OutputCompression) {
  return {
    ...present('compression', compression),
    ...present('level', compressionLevel),
    keepsKnown: !forceCompression,
  }
}

function platformImages({
  targets,
  isMultiPlatform,
  output,
}: ImageRequest<'image' | 'oci' | 'docker'>): readonly PlatformImage[] {
  const { type, ociArtifact = true } = output
  return targets.map(({ image, platform, attestation: found }) => {
    // SPEC: BuildKit exporter/containerimage/writer.go: for what is inline only, no archive gets an index.
    const isInlined = type === 'image' || isMultiPlatform || found?.predicates.some(({ fileName }) => fileName)
    const attestation = isInlined ? found : undefined
    if (image === undefined) throw new Error('an image output was requested without an image')
    return { id: image.id, platform, ...(attestation && { attestation: { ...attestation, isLegacy: !ociArtifact } }) }
  })
}

function streamFor(destination: string): Destination {
  return destination === '-' ? process.stdout : destination
}
