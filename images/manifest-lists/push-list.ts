import { type Descriptor, fullName, repositoryName } from '../../image-spec/index.ts'
import { type RegistryClient, RegistryError } from '../../registry/index.ts'
import { copyGraph } from '../copy/copy-graph.ts'
import { registrySink } from '../copy/registry-sink.ts'
import { registrySource } from '../copy/registry-source.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { indexOf } from './build-list.ts'
import type { ListEntry, ManifestList } from './manifest-list.ts'

export interface ListPush {
  readonly client: RegistryClient
  readonly list: ManifestList
  readonly onProgress?: TransferProgress | undefined
}

/** Copies what is missing from the list's repository, then pushes the index. */
export async function pushList({ client, list, onProgress }: ListPush, signal?: AbortSignal): Promise<Descriptor> {
  const incomplete = list.entries.find(({ descriptor: { platform } }) => !platform?.os || !platform.architecture)
  if (incomplete !== undefined)
    throw new RegistryError(
      'REGISTRY_UNSUPPORTED',
      `Cannot push "${fullName(list.name)}": "${fullName(incomplete.reference)}" has no platform`,
      {
        hint: 'Set it with tsbuild manifest annotate --os and --arch',
      },
    )
  for (const entry of list.entries) await copyEntry({ client, list, onProgress }, entry, signal)
  const { descriptor, bytes } = indexOf(list)
  const digest = await client.pushManifest(list.name, { mediaType: descriptor.mediaType, bytes }, signal)
  return { ...descriptor, digest, size: bytes.length }
}

async function copyEntry(
  { client, list, onProgress }: ListPush,
  { reference, descriptor }: ListEntry,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (repositoryName(reference) === repositoryName(list.name)) return
  const { digest } = descriptor
  const source = registrySource(client, { host: reference.host, repository: reference.repository, digest }, signal)
  const sink = registrySink(client, { host: list.name.host, repository: list.name.repository, digest }, source)
  await copyGraph({ source, sink, hasReferrers: false, onProgress }, signal)
}
