import {
  bestFor,
  type Descriptor,
  type Digest,
  formatPlatform,
  hexOf,
  MediaType,
  type Platform,
  parseIndex,
  parseManifest,
  parseUntrustedJson,
} from '../../image-spec/index.ts'
import { blobName } from '../layouts/layout-documents.ts'
import { imagesAmong } from '../layouts/layout-entries.ts'
import { IMAGE_NAME, REF_NAME } from '../layouts/layout-names.ts'
import { type ArchiveEntries, bad } from './archive-entries.ts'
import type { ArchiveFile } from './keep-file.ts'

/** An image as its archive describes it. */
export interface ArchiveImage {
  /** Several for a multi-platform image; never empty. */
  readonly platforms: readonly ArchivePlatform[]
  /** As written in the archive. */
  readonly references: readonly string[]
}

export interface ArchivePlatform {
  readonly config: ArchiveFile
  /** Bottom first. */
  readonly layers: readonly ArchiveFile[]
}

const MAX_IMAGES = 1024
const MAX_NESTING = 4

/**
 * Documents for `docker load` take precedence: archives of BuildKit and newer docker versions have both. Of an index,
 * the image for one platform is used, or without a platform all that the archive contains.
 */
export async function imagesIn(
  entries: ArchiveEntries,
  platform: Platform | undefined,
): Promise<readonly ArchiveImage[]> {
  const dockerManifest = await entries.readDocument('manifest.json')
  if (dockerManifest !== undefined) return dockerImages(entries, dockerManifest)
  const index = await entries.readDocument('index.json')
  if (index === undefined)
    throw bad('neither manifest.json nor index.json', 'an image archive; for a root filesystem use import')
  return ociImages(entries, index, platform)
}

export function dockerImages(entries: ArchiveEntries, bytes: Buffer): readonly ArchiveImage[] {
  let document: unknown
  try {
    document = parseUntrustedJson(bytes.toString('utf8'))
  } catch {
    throw bad('a manifest.json that is not JSON', 'a list of images')
  }
  if (!Array.isArray(document)) throw bad('a manifest.json that is not a list', 'a list of images')
  if (document.length > MAX_IMAGES) throw bad(`${document.length} images`, `at most ${MAX_IMAGES}`)
  return document.map((image: unknown) => {
    const { Config: config, Layers: layers, RepoTags: tags } = asTexts(image)
    return {
      platforms: [
        { config: required(entries, config[0] ?? ''), layers: layers.map((name) => required(entries, name)) },
      ],
      references: tags,
    }
  })
}

/**
 * Each field as a list of strings. SPEC: image-spec v1.2 of moby, "Combined Image JSON + Filesystem Changeset Format".
 */
function asTexts(image: unknown): Record<'Config' | 'Layers' | 'RepoTags', readonly string[]> {
  const field = (key: string): readonly string[] => {
    const found: unknown = typeof image === 'object' && image !== null ? Reflect.get(image, key) : undefined
    const list: readonly unknown[] = Array.isArray(found) ? found : found === undefined || found === null ? [] : [found]
    if (!list.every((text) => typeof text === 'string')) throw bad(`an invalid ${key} in manifest.json`, 'strings')
    return list
  }
  return { Config: field('Config'), Layers: field('Layers'), RepoTags: field('RepoTags') }
}

async function ociImages(
  entries: ArchiveEntries,
  bytes: Buffer,
  platform: Platform | undefined,
): Promise<readonly ArchiveImage[]> {
  const byManifests = new Map<string, { readonly image: ArchiveImage; readonly references: Set<string> }>()
  const { manifests } = parseIndex(bytes)
  if (manifests.length > MAX_IMAGES) throw bad(`an index of ${manifests.length} images`, `at most ${MAX_IMAGES}`)
  for (const descriptor of imagesAmong(manifests)) {
    const chosen = await chosenManifests(entries, descriptor, { platform, nesting: MAX_NESTING, seen: new Set() })
    if (chosen.length === 0) throw bad('an index without any of its images', 'at least one image')
    const key = chosen.map(({ digest }) => digest).join()
    const known = byManifests.get(key)
    const references = known?.references ?? new Set<string>()
    for (const name of namesOf(descriptor)) references.add(name)
    const platforms = known?.image.platforms ?? (await Promise.all(chosen.map((one) => ociImage(entries, one))))
    byManifests.set(key, { image: { platforms, references: [] }, references })
  }
  return [...byManifests.values()].map(({ image, references }) => ({ ...image, references: [...references] }))
}

interface Choice {
  readonly platform: Platform | undefined
  readonly nesting: number
  /** SECURITY: each document is read once, however many indexes refer to it. */
  readonly seen: Set<Digest>
}

/** Expands an index to its images: that of one platform, or all that the archive contains. */
async function chosenManifests(
  entries: ArchiveEntries,
  descriptor: Descriptor,
  choice: Choice,
): Promise<readonly Descriptor[]> {
  const { platform, nesting, seen } = choice
  if (seen.has(descriptor.digest)) return []
  seen.add(descriptor.digest)
  const isIndex = descriptor.mediaType === MediaType.ociIndex || descriptor.mediaType === MediaType.dockerManifestList
  if (!isIndex) return [descriptor]
  if (nesting === 0) throw bad('indexes nested more than two levels deep', 'images')
  const { manifests } = parseIndex(await document(entries, descriptor), descriptor.mediaType)
  const images = manifests.filter((entry) => entry.platform?.os !== 'unknown') // attestations are not images
  const selected =
    platform === undefined
      ? images.filter(({ digest }) => entries.find(blobName(digest)) !== undefined)
      : [imageFor(images, platform)]
  const chosen: Descriptor[] = []
  for (const entry of selected)
    chosen.push(...(await chosenManifests(entries, entry, { ...choice, nesting: nesting - 1 })))
  return chosen
}

function imageFor(images: readonly Descriptor[], platform: Platform): Descriptor {
  const fitting = bestFor(platform, images, (entry) => entry.platform)
  const chosen = fitting ?? (images.length === 1 ? images[0] : undefined)
  if (chosen !== undefined) return chosen
  const found = images.map((entry) => `${entry.platform?.os}/${entry.platform?.architecture}`).join(', ')
  throw bad(`an index for ${found}`, `an image for ${formatPlatform(platform)}`)
}

async function ociImage(entries: ArchiveEntries, descriptor: Descriptor): Promise<ArchivePlatform> {
  const manifest = parseManifest(await document(entries, descriptor), descriptor.mediaType)
  return {
    config: described(entries, manifest.config),
    layers: manifest.layers.map((layer) => described(entries, layer)),
  }
}

/** A bare tag in a layout does not name an image, as the repository is missing. */
function namesOf({ annotations }: Descriptor): readonly string[] {
  const full = annotations?.[IMAGE_NAME]
  if (full !== undefined) return [full]
  const name = annotations?.[REF_NAME]
  return name !== undefined && /[:/]/.test(name) ? [name] : []
}

async function document(entries: ArchiveEntries, descriptor: Descriptor): Promise<Buffer> {
  described(entries, descriptor)
  return (await entries.readDocument(blobName(descriptor.digest))) ?? missingFile(blobName(descriptor.digest))
}

function described(entries: ArchiveEntries, descriptor: Descriptor): ArchiveFile {
  const file = required(entries, blobName(descriptor.digest))
  if (file.size === descriptor.size) return file
  throw bad(`blob "sha256:${hexOf(descriptor.digest)}" of ${file.size} bytes`, `${descriptor.size} bytes`)
}

function required(entries: ArchiveEntries, name: string): ArchiveFile {
  return entries.find(name) ?? missingFile(name)
}

function missingFile(name: string): never {
  throw bad(`no file "${name}"`, 'every file that its documents name')
}
