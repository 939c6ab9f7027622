import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../errors/index.ts'
import type { DeviceMapping } from '../../notation/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { StoredContainer } from '../state/stored-container.ts'

/** Every container has its own nodes for these. */
const OWN: ReadonlySet<string> = new Set(
  'null zero full random urandom tty console ptmx core fd stdin stdout stderr'.split(' '),
)
/** SPEC: runc libcontainer/devices HostDevices: directories without devices. */
const SKIPPED: ReadonlySet<string> = new Set('pts shm fd mqueue .lxc .lxd-mounts .udev'.split(' '))

/** Host device nodes for a container that is being started: all of them with `--privileged`. */
export function grantedDevices(stored: StoredContainer): readonly DeviceMapping[] {
  const named = (stored.devices ?? []).flatMap(expand)
  if (!stored.privileged) return named
  const taken = new Set(named.map(({ target }) => target))
  const others = nodesBelow('/dev').filter((path) => !OWN.has(path.slice('/dev/'.length)) && !taken.has(path))
  return [...others.map((path) => ({ source: path, target: path })), ...named]
}

/** A directory means all devices in it. */
function expand(device: DeviceMapping): DeviceMapping[] {
  const { source, target } = device
  const found = lookAt(source)
  if (found?.isCharacterDevice() === true || found?.isBlockDevice() === true) return [device]
  const below = found?.isDirectory() === true ? nodesBelow(source) : []
  const placed = below.map((path) => ({ ...device, source: path, target: join(target, path.slice(source.length)) }))
  if (placed.length > 0) return placed
  throw new ContainerError(
    'CONTAINER_START_FAILED',
    `Cannot add device "${source}": ${found === undefined ? 'no such file or directory' : 'not a device'}`,
    { hint: 'Specify a device, shown by ls -l with b or c before its mode; mount files and directories with --volume' },
  )
}

function lookAt(source: string): Stats | undefined {
  try {
    return statSync(source, { throwIfNoEntry: false })
  } catch (cause) {
    const found = messageOf(cause)
    throw new ContainerError('CONTAINER_START_FAILED', `Cannot add device "${source}": ${found}`, {
      hint: 'Specify a device that you can access, such as /dev/fuse',
      cause,
    })
  }
}

function nodesBelow(directory: string): string[] {
  return entriesOf(directory).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : nodesBelow(path)
    return isNode(entry, path) ? [path] : []
  })
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (cause) {
    const found = messageOf(cause)
    throw new ContainerError('CONTAINER_START_FAILED', `Cannot add the devices below "${directory}": ${found}`, {
      hint: 'Specify the devices themselves, or a directory of devices such as /dev/snd',
      cause,
    })
  }
}

/** A device that was removed concurrently is skipped. */
function isNode(entry: Dirent, path: string): boolean {
  const isDevice = entry.isCharacterDevice() || entry.isBlockDevice()
  return isDevice && lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
