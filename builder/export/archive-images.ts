import {
  type Descriptor,
  type Digest,
  hexOf,
  MediaType,
  type Platform,
  parseIndex,
  parseManifest,
} from '../../layer-store/index.ts'
import { type ArchiveEntries, type ArchiveFile, bad } from './archive-entries.ts'
import { blobName, IMAGE_NAME, REF_NAME } from './layout-documents.ts'

/** An image as its archive describes it. */
export interface ArchiveImage {
  readonly config: ArchiveFile
  /** Bottom first. */
  readonly layers: readonly ArchiveFile[]
  /** As written in the archive. */
  readonly references: readonly string[]
}

const MAX_IMAGES = 1024
const MAX_NESTING = 4

/** What `docker load` reads comes first: BuildKit's and newer archives have both documents. */
export async function imagesIn(entries: ArchiveEntries, platform: Platform): Promise<readonly ArchiveImage[]> {
  const dockerManifest = await entries.readDocument('manifest.json')
  if (dockerManifest !== undefined) return dockerImages(entries, dockerManifest)
  const index = await entries.readDocument('index.json')
  if (index === undefined)
    throw bad('neither manifest.json nor index.json', 'an image archive; for a root filesystem use import')
  return ociImages(entries, index, platform)
}

function dockerImages(entries: ArchiveEntries, bytes: Buffer): readonly ArchiveImage[] {
  let document: unknown
  try {
    document = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw bad('a manifest.json that is not JSON', 'a list of images')
  }
  if (!Array.isArray(document) || document.length > MAX_IMAGES) throw bad('a strange manifest.json', 'a list of images')
  return document.map((image: unknown) => {
    const { Config: config, Layers: layers, RepoTags: tags } = asTexts(image)
    return {
      config: required(entries, config[0] ?? ''),
      layers: layers.map((name) => required(entries, name)),
      references: tags,
    }
  })
}

/** Each field as a list of strings: SPEC: image-spec v1.2 of moby, "Combined Image JSON + Filesystem Changeset Format". */
function asTexts(image: unknown): Record<'Config' | 'Layers' | 'RepoTags', readonly string[]> {
  const field = (key: string): readonly string[] => {
    const found: unknown = typeof image === 'object' && image !== null ? Reflect.get(image, key) : undefined
    const list: readonly unknown[] = Array.isArray(found) ? found : found === undefined || found === null ? [] : [found]
    if (!list.every((text) => typeof text === 'string')) throw bad(`a strange ${key} in manifest.json`, 'strings')
    return list
  }
  return { Config: field('Config'), Layers: field('Layers'), RepoTags: field('RepoTags') }
}

async function ociImages(entries: ArchiveEntries, bytes: Buffer, platform: Platform): Promise<readonly ArchiveImage[]> {
  const byManifest = new Map<Digest, { readonly image: ArchiveImage; readonly references: Set<string> }>()
  const { manifests } = parseIndex(bytes)
  if (manifests.length > MAX_IMAGES) throw bad(`an index of ${manifests.length} images`, `at most ${MAX_IMAGES}`)
  for (const descriptor of manifests) {
    const manifest = await chosenManifest(entries, descriptor, platform, MAX_NESTING)
    const known = byManifest.get(manifest.digest)
    const references = known?.references ?? new Set<string>()
    for (const name of namesOf(descriptor)) references.add(name)
    const image = known?.image ?? (await ociImage(entries, manifest))
    byManifest.set(manifest.digest, { image, references })
  }
  return [...byManifest.values()].map(({ image, references }) => ({ ...image, references: [...references] }))
}

/** An entry that is an index itself stands for the image of this platform. */
async function chosenManifest(
  entries: ArchiveEntries,
  descriptor: Descriptor,
  platform: Platform,
  nesting: number,
): Promise<Descriptor> {
  const isIndex = descriptor.mediaType === MediaType.ociIndex || descriptor.mediaType === MediaType.dockerManifestList
  if (!isIndex) return descriptor
  if (nesting === 0) throw bad('an index within an index within an index', 'images')
  const { manifests } = parseIndex(await document(entries, descriptor), descriptor.mediaType)
  const fitting = manifests.find((entry) => fits(entry.platform, platform))
  const chosen = fitting ?? (manifests.length === 1 ? manifests[0] : undefined)
  if (chosen === undefined) {
    const found = manifests.map((entry) => `${entry.platform?.os}/${entry.platform?.architecture}`).join(', ')
    throw bad(`an index for ${found}`, `an image for ${platform.os}/${platform.architecture}`)
  }
  return chosenManifest(entries, chosen, platform, nesting - 1)
}

function fits(found: Platform | undefined, want: Platform): boolean {
  return found?.os === want.os && found.architecture === want.architecture
}

async function ociImage(entries: ArchiveEntries, descriptor: Descriptor): Promise<ArchiveImage> {
  const manifest = parseManifest(await document(entries, descriptor), descriptor.mediaType)
  return {
    config: described(entries, manifest.config),
    layers: manifest.layers.map((layer) => described(entries, layer)),
    references: [],
  }
}

/** The bare tag that a layout may give is no name of an image: the repository is not in it. */
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
