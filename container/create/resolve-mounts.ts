import { existsSync, statSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { messageOf } from '../../errors/index.ts'
import { createDirectories, type Image } from '../../layer-store/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { MountPoint, Volume } from '../contract/record.ts'
import type { MountSpec, RunSpec } from '../contract/run-spec.ts'
import { parseTmpfsOptions } from '../settings/tmpfs-options.ts'
import { findContainer } from '../state/find-container.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { fillDirectory, fillIfEmpty } from '../volumes/fill-volume.ts'
import { mayHaveContent } from '../volumes/image-content.ts'
import { volumeContent } from '../volumes/volume-options.ts'
import { ensureVolume } from '../volumes/volumes.ts'

const MAX_IMAGE_VOLUMES = 1000

export interface MountSources {
  readonly image: Image
  /** Directories of the image's layers. */
  readonly trees: readonly string[]
  /** The container removes itself, and its anonymous volumes with it. */
  readonly isTemporary: boolean
  /** Called for each anonymous volume as soon as it exists. */
  readonly onAnonymous: (volume: string) => void
}

export interface ResolvedMounts {
  readonly mounts: readonly MountPoint[]
  readonly mountFlags: readonly MountSpec[]
  readonly tmpfsOptions: StoredContainer['tmpfsOptions']
}

/**
 * The mounts of a container, with volumes created and filled: the user's mounts, then those of other containers
 * (`--volumes-from`), then the image's VOLUMEs; the first for each target wins.
 */
export async function resolveMounts(
  context: ContainerContext,
  spec: RunSpec,
  sources: MountSources,
): Promise<ResolvedMounts> {
  const requested = spec.mounts ?? []
  checkTargets(requested)
  const mounts = new Map<string, MountPoint>()
  for (const mount of requested) mounts.set(cleanTarget(mount.target), await resolveOne(context, mount, sources))
  for (const mount of (spec.volumesFrom ?? []).flatMap((from) => mountsFrom(context.root, from))) {
    if (!mounts.has(mount.target)) mounts.set(mount.target, mount)
  }
  for (const path of imageVolumes(spec, sources.image)) {
    const target = cleanTarget(path)
    if (!mounts.has(target)) mounts.set(target, await resolveOne(context, { kind: 'volume', target }, sources))
  }
  const tmpfs = requested.filter((mount) => mount.kind === 'tmpfs')
  return {
    // Outer mounts first, so that they do not hide inner ones.
    mounts: [...mounts.values()].sort((a, b) => depthOf(a.target) - depthOf(b.target)),
    mountFlags: requested,
    tmpfsOptions: Object.fromEntries(
      tmpfs.map(({ kind: _, target, readOnly: __, isLong: ___, ...settings }) => [cleanTarget(target), settings]),
    ),
  }
}

/** SECURITY: each volume needs a directory in the store and a mount, and a few bytes of an image can request many. */
function imageVolumes({ image: name }: RunSpec, image: Image): readonly string[] {
  // Docker mounts a relative path below the root.
  const paths = Object.keys(image.config.config?.Volumes ?? {}).map((path) => posix.resolve('/', path))
  if (paths.length <= MAX_IMAGE_VOLUMES) return paths
  const message = `Cannot create a container from image "${name}": it has ${paths.length} volumes (at most ${MAX_IMAGE_VOLUMES})`
  throw new ContainerError('CONTAINER_BAD_OPTION', message, {
    hint: 'Build the image again with fewer VOLUME instructions',
  })
}

async function resolveOne(context: ContainerContext, mount: MountSpec, sources: MountSources): Promise<MountPoint> {
  const target = cleanTarget(mount.target)
  switch (mount.kind) {
    case 'bind':
      return bindMount(mount, target)
    case 'tmpfs':
      parseTmpfsOptions(mount.options ?? '') // throws if it cannot be mounted
      return { kind: 'tmpfs', source: '', target, readOnly: mount.readOnly ?? false, isAnonymous: false }
    case 'volume':
      return volumeMount(context, { ...mount, target }, sources)
  }
}

async function volumeMount(
  context: ContainerContext,
  mount: Extract<MountSpec, { kind: 'volume' }>,
  { image, trees, isTemporary, onAnonymous }: MountSources,
): Promise<MountPoint> {
  const { name, labels, options = {}, target } = mount
  const request = { image, target, flush: name !== undefined || !isTemporary }
  const isFilled = mount.noCopy !== true && mayHaveContent(trees, target)
  const volume = await ensureVolume(
    context,
    { options, ...(name !== undefined && { name }), ...(labels !== undefined && { labels }) },
    async (directory) => {
      if (isFilled && volumeContent(options).kind === 'own') await fillDirectory(context, request, directory)
    },
  )
  if (name === undefined) onAnonymous(volume.name)
  const shown = showVolume(volume)
  const isDone = volume.isFresh && shown.source === volume.mountpoint
  if (isFilled && !isDone && shown.memory === undefined)
    await fillIfEmpty(context, request, { folder: dirname(volume.mountpoint), directory: shown.source })
  return {
    kind: 'volume',
    name: volume.name,
    ...shown,
    target,
    readOnly: mount.readOnly === true || shown.readOnly,
    isAnonymous: name === undefined,
  }
}

/** The directory or tmpfs that is mounted for a volume. */
function showVolume(volume: Volume): Pick<MountPoint, 'source' | 'memory' | 'readOnly'> {
  const content = volumeContent(volume.options ?? {})
  switch (content.kind) {
    case 'own':
      return { source: volume.mountpoint, readOnly: false }
    case 'memory': {
      const { kind: _, readOnly, ...memory } = content
      return { source: volume.mountpoint, readOnly, memory }
    }
    case 'directory':
      if (statSync(content.device, { throwIfNoEntry: false })?.isDirectory() === true)
        return { source: content.device, readOnly: content.readOnly }
      throw badMount(volume.name, `its device "${content.device}" is not a host directory`)
  }
}

function createSource(source: string): void {
  try {
    createDirectories(source, 0o777)
  } catch (cause) {
    throw badMount(source, `it does not exist and cannot be created: ${messageOf(cause)}`)
  }
}

function bindMount(mount: Extract<MountSpec, { kind: 'bind' }>, target: string): MountPoint {
  const { source } = mount
  if (!source.startsWith('/')) throw badMount(source, 'the source is a relative path (expected an absolute path)')
  if (!existsSync(source)) {
    if (mount.createSource !== true) throw badMount(source, 'bind source path does not exist', CREATE)
    createSource(source)
  }
  return {
    kind: 'bind',
    source,
    target,
    readOnly: mount.readOnly ?? false,
    propagation: mount.propagation ?? 'rprivate',
    ...(mount.nonRecursive === true ? { nonRecursive: true } : {}),
    isAnonymous: false,
  }
}

/** Mounts of another container: `name`, `name:ro`, `name:rw`. */
function mountsFrom(root: string, from: string): MountPoint[] {
  const [ref = '', mode] = from.split(':')
  if (mode !== undefined && mode !== 'ro' && mode !== 'rw')
    throw badMount(from, `unknown mode "${mode}" (expected ro or rw)`)
  return findContainer(root, ref)
    .mounts.filter((mount) => mount.kind !== 'tmpfs')
    .map((mount) => ({ ...mount, isAnonymous: false, readOnly: mode === 'ro' || mount.readOnly }))
}

function checkTargets(mounts: readonly MountSpec[]): void {
  const seen = new Set<string>()
  for (const { target } of mounts) {
    const path = cleanTarget(target)
    if (seen.has(path)) throw badMount(target, 'duplicate mount point')
    seen.add(path)
  }
}

function cleanTarget(target: string): string {
  const clean = posix.normalize(target).replace(/(.)\/+$/, '$1')
  if (!target.startsWith('/')) throw badMount(target, 'the target is a relative path (expected an absolute path)')
  if (clean === '/') throw badMount(target, 'the target is the root directory')
  return clean
}

function depthOf(target: string): number {
  return target.split('/').length
}

const CREATE = 'Check the path, or create the directory first; -v creates it if it is missing'

function badMount(what: string, found: string, hint?: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot mount "${what}": ${found}`, {
    ...(hint !== undefined && { hint }),
  })
}
