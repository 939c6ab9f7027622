import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { hasCode } from '../../errors/index.ts'
import type { Digest, Healthcheck } from '../../image-spec/index.ts'
import { type LayerId, readOwnText } from '../../layer-store/index.ts'
import type { DeviceMapping } from '../../notation/index.ts'
import type { Limits, UserRange } from '../../sandbox-native/driver/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { MountPoint, PortMapping, RestartPolicy } from '../contract/record.ts'
import type { MountSpec, RunSpec, TmpfsSettings } from '../contract/run-spec.ts'
import { filesOf } from './container-files.ts'
import { changeStore } from './file-errors.ts'
import type { LogSettings } from './log-settings.ts'

/** `config.json`: everything about a container that does not change while it runs. All paths are absolute. */
export interface StoredContainer {
  readonly version: 1
  readonly id: string
  readonly name: string
  /** As the user wrote it. */
  readonly image: string
  readonly imageId: Digest
  /** Layers of the image, bottom first. */
  readonly chain: readonly LayerId[]
  readonly createdAt: string
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly env: readonly string[]
  readonly workingDir: string
  readonly user: string
  readonly hostname: string
  readonly domainname?: string
  /** `none`, `host`, `private`, `container:<id>`. */
  readonly network: string
  readonly ports: readonly PortMapping[]
  readonly exposedPorts: readonly string[]
  /** `-P` was given; the resulting ports are in `ports`. */
  readonly publishAll?: boolean
  /** As given. */
  readonly volumesFrom?: readonly string[]
  readonly mounts: readonly MountPoint[]
  /** As given. */
  readonly mountFlags?: readonly MountSpec[]
  readonly tmpfsOptions: Readonly<Record<string, TmpfsSettings>>
  readonly terminal: boolean
  readonly openStdin: boolean
  readonly detached?: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly autoRemove: boolean
  readonly readOnly: boolean
  readonly init: boolean
  readonly privileged: boolean
  readonly stopSignal?: string
  readonly stopTimeoutSeconds?: number
  readonly cidFile?: string
  readonly restart: RestartPolicy
  readonly health?: Healthcheck
  /** The image's SHELL. */
  readonly shell?: readonly string[]
  readonly limits: Limits
  readonly shmSizeBytes?: number
  readonly rlimits: NonNullable<RunSpec['rlimits']>
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
  readonly securityOptions: readonly string[]
  readonly unmaskedPaths?: true
  readonly groups?: readonly string[]
  /** Containers by ID, here and in `pid`. */
  readonly ipc?: NonNullable<RunSpec['ipc']>
  readonly pid?: NonNullable<RunSpec['pid']>
  readonly cgroupns?: NonNullable<RunSpec['cgroupns']>
  readonly uts?: 'host'
  readonly userns?: NonNullable<RunSpec['userns']>
  /** Host IDs of its user namespace. */
  readonly users?: UserRange
  readonly sysctls?: Readonly<Record<string, string>>
  readonly devices?: readonly DeviceMapping[]
  readonly cdiDevices?: readonly string[]
  readonly deviceRules?: readonly string[]
  readonly oomScoreAdj?: number
  readonly extraHosts: readonly string[]
  readonly dns: readonly string[]
  readonly dnsSearch: readonly string[]
  readonly dnsOptions: readonly string[]
  readonly log: LogSettings
}

/** What is known of a container even if its config.json is damaged. */
export type NamedContainer = Pick<StoredContainer, 'id' | 'name' | 'image' | 'labels' | 'mounts'>

/** Undefined if the container does not exist. Throws CONTAINER_DAMAGED. */
export function findStored(root: string, id: string): StoredContainer | undefined {
  const path = filesOf(root, id).config
  try {
    return parseStored(readOwnText(path), id)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Atomic, by rename. The caller must be creating the container, or hold it with `holdConfig()`. */
export function writeStored(path: string, container: StoredContainer): void {
  const fresh = `${path}.new`
  const flush = existsSync(path) // a power failure must not replace the old record with a truncated one
  changeStore(`write container "${container.name}"`, () => {
    writeFileSync(fresh, JSON.stringify(container), { mode: 0o600, flush })
    renameSync(fresh, path)
  })
}

function parseStored(text: string, id: string): StoredContainer {
  const document = parseJson(text)
  if (isStored(document, id)) return document
  throw new ContainerError(
    'CONTAINER_DAMAGED',
    `Cannot read container "${id.slice(0, 12)}": its config.json is damaged`,
    {
      hint: `Remove it: tsbuild rm -f ${id.slice(0, 12)}`,
    },
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const LISTS = ['chain', 'entrypoint', 'command', 'env', 'ports', 'mounts'] as const

/** This program alone writes the file and replaces it as a whole: version, ID and lists suffice to identify it. */
function isStored(document: unknown, id: string): document is StoredContainer {
  if (typeof document !== 'object' || document === null) return false
  const fields = document as Readonly<Record<string, unknown>>
  return fields['version'] === 1 && fields['id'] === id && LISTS.every((name) => Array.isArray(fields[name]))
}
