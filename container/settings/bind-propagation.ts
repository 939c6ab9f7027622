import { readFileSync, realpathSync } from 'node:fs'
import { describeFileError } from '../../layer-store/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { MountPoint } from '../contract/record.ts'

interface HostMount {
  readonly path: string
  readonly isShared: boolean
  readonly isSlave: boolean
}

/**
 * SPEC: moby daemon/oci_linux.go ensureShared, ensureSharedOrSlave: the source's mount must propagate. `isRoot`: not in
 * a user namespace, where the kernel turns all shared mounts into slaves.
 */
export function checkPropagation(mounts: readonly MountPoint[], isRoot: boolean): void {
  for (const { source, propagation = 'rprivate' } of mounts) {
    const wantsShared = propagation.endsWith('shared')
    if (!wantsShared && !propagation.endsWith('slave')) continue
    if (wantsShared && !isRoot) {
      throw refused(source, `propagation "${propagation}" requires root as the caller (expected rslave)`, {
        hint: 'Use rslave: with a user namespace, mounts of the container are not visible on the host',
      })
    }
    const mount = mountOf(resolved(source))
    if (mount.isShared || (mount.isSlave && !wantsShared)) continue
    const needed = wantsShared ? 'shared' : 'shared or slave'
    throw refused(source, `it is mounted on "${mount.path}", which is not a ${needed} mount`, {
      hint: `Make it shared first: mount --make-shared ${mount.path}`,
    })
  }
}

/** It existed when the container was created. */
function resolved(source: string): string {
  try {
    return realpathSync(source)
  } catch (cause) {
    throw refused(source, describeFileError(cause), { hint: 'Create the source of the mount again' })
  }
}

export function isTied({ propagation = 'rprivate' }: MountPoint): boolean {
  return /(shared|slave)$/.test(propagation)
}

function mountOf(path: string): HostMount {
  const mountsOfPath = hostMounts().filter(
    ({ path: mountPoint }) => mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`),
  )
  const root = { path: '/', isShared: false, isSlave: false }
  return mountsOfPath.reduce((best, mount) => (mount.path.length >= best.path.length ? mount : best), root)
}

/** SPEC: proc_pid_mountinfo(5) */
function hostMounts(): readonly HostMount[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [fields = ''] = line.split(' - ')
    const [, , , , mountPoint, , ...tags] = fields.split(' ')
    if (mountPoint === undefined) return []
    return [
      {
        path: mountPoint.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
        isShared: tags.some((tag) => tag.startsWith('shared:')),
        isSlave: tags.some((tag) => tag.startsWith('master:')),
      },
    ]
  })
}

function refused(source: string, found: string, { hint }: { hint: string }): ContainerError {
  return new ContainerError('CONTAINER_START_FAILED', `Cannot mount "${source}": ${found}`, { hint })
}
