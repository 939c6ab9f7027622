import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { applyChanges } from '../../builder/index.ts'
import type { ContainerConfig, Digest, HistoryEntry } from '../../image-spec/index.ts'
import { fullName, parseReference, present, withDefaultTag } from '../../image-spec/index.ts'
import type { Image, LayerDraft, LayerId } from '../../layer-store/index.ts'
import type { PackLayerRequest } from '../../sandbox-native/driver/index.ts'
import type { CommitRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { whileFrozen } from '../control/while-frozen.ts'
import { type ContainerFiles, filesOf, isCopied } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import type { StoredContainer } from '../state/stored-container.ts'

/** Creates an image from the layers of the container's image and a layer with its changes. */
export async function commitContainer(
  context: ContainerContext,
  stored: StoredContainer,
  { signal, ...request }: CommitRequest & { readonly signal?: AbortSignal | undefined },
): Promise<Digest> {
  const reference =
    request.reference === undefined ? undefined : fullName(withDefaultTag(parseReference(request.reference)))
  const lock = await context.store.lock('shared', { signal })
  try {
    const base = await context.store.images.get(stored.imageId)
    const config = await applyChanges(settingsOf(base, stored), request.changes ?? [])
    const pack = () => packUpper(context, stored, signal)
    const layer =
      request.pause === false ? await pack() : await whileFrozen({ root: context.root, stored }, pack, signal)
    const chain = layer === undefined ? stored.chain : [...stored.chain, layer]
    const image = await context.store.images.put(
      {
        ...base.config,
        created: new Date().toISOString(),
        ...(request.author !== undefined && { author: request.author }),
        config,
        history: [...(base.config.history ?? []), historyOf(stored, request, layer)],
        rootfs: { type: 'layers', diff_ids: await context.store.layers.diffIds(chain) },
      },
      chain,
    )
    if (reference !== undefined) await context.store.images.tag(image.id, reference)
    const details = { comment: request.message ?? '', imageID: image.id, imageRef: request.reference ?? '' }
    emitEvent(context, stored, { action: 'commit', details })
    return image.id
  } finally {
    await lock.release()
  }
}

/** Undefined if the container changed nothing. */
async function packUpper(
  context: ContainerContext,
  stored: StoredContainer,
  signal: AbortSignal | undefined,
): Promise<LayerId | undefined> {
  const { layers } = context.store
  const draft = await layers.draft('tar')
  try {
    const pack = {
      layer: await upperOf(filesOf(context.root, stored.id), draft),
      base: await layers.forms(stored.chain),
      output: { path: draft.tar, compression: 'none' },
      index: draft.index,
      live: true, // it may not be possible to freeze it
    } as const
    const packed = await context.native.trees.packLayer(pack, signal)
    if (packed.entryCount > 0) return (await layers.commitTar(draft, { sizeBytes: packed.sizeBytes })).id
  } catch (error) {
    await layers.abandon(draft)
    throw error
  }
  await layers.abandon(draft)
  return undefined
}

/** Packing updates the survey, but the container is still compared with its image. */
async function upperOf(files: ContainerFiles, draft: LayerDraft): Promise<PackLayerRequest['layer']> {
  if (!isCopied(files)) return { kind: 'tree', path: files.upper }
  const survey = join(draft.directory, 'survey')
  await copyFile(files.survey, survey)
  return { kind: 'changed-tree', path: files.upper, survey }
}

/** The image's settings, overridden by the container's. */
function settingsOf(base: Image, stored: StoredContainer): ContainerConfig {
  const { Cmd: _cmd, Entrypoint: _entrypoint, ...config } = base.config.config ?? {}
  return {
    ...config,
    Env: stored.env,
    ...(stored.command.length > 0 ? { Cmd: stored.command } : {}),
    ...(stored.entrypoint.length > 0 ? { Entrypoint: stored.entrypoint } : {}),
    ...(stored.user === '' ? {} : { User: stored.user }),
    ...(stored.workingDir === '/' ? {} : { WorkingDir: stored.workingDir }),
    Labels: stored.labels,
    ...(stored.exposedPorts.length > 0 ? { ExposedPorts: tableOf(stored.exposedPorts) } : {}),
    ...present('StopSignal', stored.stopSignal),
    ...(stored.health !== undefined && { Healthcheck: stored.health }),
  }
}

function historyOf(stored: StoredContainer, request: CommitRequest, layer: LayerId | undefined): HistoryEntry {
  return {
    created: new Date().toISOString(),
    created_by: stored.command.join(' '),
    ...(request.author !== undefined && { author: request.author }),
    ...(request.message !== undefined && { comment: request.message }),
    ...(layer === undefined ? { empty_layer: true } : {}),
  }
}

function tableOf(keys: readonly string[]): Readonly<Record<string, Record<string, never>>> {
  return Object.fromEntries(keys.map((key) => [key, {}]))
}
