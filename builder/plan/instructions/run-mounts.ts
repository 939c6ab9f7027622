import { posix } from 'node:path'
import { byteSize } from '../../../notation/index.ts'
import type { SourceRange } from '../../../parser/index.ts'
import type { ExecMount, Node } from '../graph/operation.ts'
import type { PlanContext, StageDraft } from '../plan-context.ts'
import { originNode } from '../stages/origin-node.ts'
import {
  type MountFields,
  type MountReading,
  type MountType,
  mountType,
  readMountFields,
  refuse,
} from './mount-fields.ts'

/** The mounts of a RUN, and the nodes that they read, starting at input 1. */
export interface PlannedMounts {
  readonly mounts: readonly ExecMount[]
  readonly inputs: readonly Node[]
}

interface MountInput {
  readonly text: string
  readonly range: SourceRange
  readonly stage: StageDraft
  readonly plan: PlanContext
  /** Returns the input's index. */
  readonly addInput: (node: Node) => number
  readonly sshCount: number
}

const ONLY_FOR: Readonly<Partial<Record<string, readonly MountType[]>>> = {
  sharing: ['cache'],
  size: ['tmpfs'],
  env: ['secret'],
  required: ['secret', 'ssh'],
  mode: ['cache', 'secret', 'ssh'],
  uid: ['cache', 'secret', 'ssh'],
  gid: ['cache', 'secret', 'ssh'],
  from: ['bind', 'cache'],
}

const BUILDERS: { readonly [Type in MountType]: (fields: MountFields, mount: MountInput) => ExecMount | undefined } = {
  bind: bindMount,
  cache: cacheMount,
  tmpfs: tmpfsMount,
  secret: secretMount,
  ssh: sshMount,
}

/** Undefined if a mount is invalid, which is reported. */
export function planMounts(
  flags: readonly { readonly value: string; readonly range: SourceRange }[],
  { stage, plan, expand }: { readonly stage: StageDraft; readonly plan: PlanContext; readonly expand: MountExpander },
): PlannedMounts | undefined {
  const inputs: Node[] = []
  const mounts: ExecMount[] = []
  for (const { value: text, range } of flags) {
    const reading: MountReading = { problems: plan.problems, expand: (value) => expand(value, range) }
    const fields = readMountFields(text, range, reading)
    const sshCount = mounts.filter((mount) => mount.type === 'ssh').length
    const mount = fields && buildMount(fields, { text, range, stage, plan, addInput, sshCount })
    if (!mount) return undefined
    mounts.push(mount)
  }
  return { mounts: inOrder(mounts), inputs }

  function addInput(node: Node): number {
    return inputs.push(node) // input 0 is the stage's own filesystem
  }
}

/**
 * SPEC: BuildKit mounts in order of target, not of flags, so that no mount hides another below it; mounts from the host
 * come last.
 */
function inOrder(mounts: readonly ExecMount[]): readonly ExecMount[] {
  const files = mounts.filter(({ type }) => type !== 'secret' && type !== 'ssh')
  const byTarget = files.toSorted((left, right) => compareTargets(left.target ?? '', right.target ?? ''))
  const fromHost = (['secret', 'ssh'] as const).flatMap((type) => mounts.filter((mount) => mount.type === type))
  return [...byTarget, ...fromHost]
}

function compareTargets(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}

export type MountExpander = (value: string, range: SourceRange) => string | undefined

/** The secret variables of a RUN, shown as asterisks in its name. */
export function secretVariables(mounts: readonly ExecMount[]): readonly string[] {
  return mounts.flatMap((mount) => (mount.type === 'secret' && mount.env !== undefined ? [mount.env] : []))
}

function buildMount(fields: MountFields, mount: MountInput): ExecMount | undefined {
  const type = mountType(fields)
  if (!type) throw new Error('the type of a mount was not checked')
  for (const key of fields.keys()) {
    const types = ONLY_FOR[key]
    if (!types || types.includes(type)) continue
    const needed = `type=${types.join(' or type=')}`
    return refuse(mount, mount.plan, { found: `"${key}" on a ${type} mount`, needed })
  }
  return BUILDERS[type](fields, mount)
}

function bindMount(fields: MountFields, mount: MountInput): ExecMount | undefined {
  const target = targetOf(fields, mount)
  const node = originOfMount(fields.get('from') ?? '', mount)
  if (target === undefined || node === undefined) return undefined
  const writable = fields.get('readonly') === 'false'
  return { type: 'bind', input: mount.addInput(node), source: sourceOf(fields), target, writable }
}

function cacheMount(fields: MountFields, mount: MountInput): ExecMount | undefined {
  const target = targetOf(fields, mount)
  const sharing = (fields.get('sharing') ?? 'shared').toLowerCase()
  const owner = ownership(fields, mount, 0o755)
  if (target === undefined || owner === undefined) return undefined
  if (sharing !== 'shared' && sharing !== 'private' && sharing !== 'locked') {
    return refuse(mount, mount.plan, {
      found: `sharing "${sharing}"`,
      needed: 'shared, private or locked',
    })
  }
  const from = fields.get('from')
  const node = from === undefined ? undefined : originOfMount(from, mount)
  if (from !== undefined && node === undefined) return undefined
  const input = node && { input: mount.addInput(node) }
  const readOnly = fields.get('readonly') === 'true'
  const { id, source } = { id: cacheId(fields, mount), source: sourceOf(fields) }
  // SPEC: with a source, BuildKit ignores owner and mode.
  const isOwned = source === '/' && (fields.has('uid') || fields.has('gid') || fields.has('mode'))
  return { type: 'cache', id, ...input, source, target, sharing, ...(isOwned && { directory: owner }), readOnly }
}

/** BUILDKIT_CACHE_MOUNT_NS separates caches of projects that use the same IDs. */
function cacheId(fields: MountFields, { plan }: MountInput): string {
  const id = fields.get('id') || cleaned(fields.get('target') ?? '')
  const { buildArgs } = plan.request
  const namespace = Object.hasOwn(buildArgs, 'BUILDKIT_CACHE_MOUNT_NS')
    ? buildArgs['BUILDKIT_CACHE_MOUNT_NS']
    : undefined
  return namespace ? `${namespace}/${id}` : id
}

function tmpfsMount(fields: MountFields, mount: MountInput): ExecMount | undefined {
  const target = targetOf(fields, mount)
  const size = fields.get('size')
  const sizeBytes = size === undefined ? undefined : byteSize(size)
  if (target === undefined) return undefined
  if (size !== undefined && sizeBytes === undefined) {
    return refuse(mount, mount.plan, { found: `size "${size}"`, needed: 'a size such as 64m' })
  }
  const readOnly = fields.get('readonly') === 'true'
  return { type: 'tmpfs', target, ...(sizeBytes !== undefined && { sizeBytes }), ...(readOnly && { readOnly }) }
}

function secretMount(fields: MountFields, mount: MountInput): ExecMount | undefined {
  const [id, source] = [fields.get('id'), fields.get('source')]
  if (id && source) return refuse(mount, mount.plan, { found: 'both id and source', needed: 'one of them' })
  const target = fields.get('target')
  const name = id || source || (target && posix.basename(target))
  if (!name) return refuse(mount, mount.plan, { found: 'no id', needed: 'id or target' })
  const owner = ownership(fields, mount, 0o400)
  if (!owner) return undefined
  const env = fields.get('env')
  if (env === '') return refuse(mount, mount.plan, { found: 'env ""', needed: 'the name of a variable' })
  const file = target
    ? absolute(target, mount.stage)
    : env === undefined
      ? `/run/secrets/${posix.basename(name)}`
      : undefined
  const required = fields.get('required') === 'true'
  return { type: 'secret', id: name, ...(file && { target: file }), ...(env && { env }), required, ...owner }
}

function sshMount(fields: MountFields, mount: MountInput): ExecMount | undefined {
  const owner = ownership(fields, mount, 0o600)
  if (!owner) return undefined
  if (fields.has('source')) {
    return refuse(mount, mount.plan, { found: '"source" on an ssh mount', needed: 'an id' })
  }
  const target = fields.get('target')
  const socket = target ? absolute(target, mount.stage) : `/run/buildkit/ssh_agent.${mount.sshCount}`
  return {
    type: 'ssh',
    id: fields.get('id') || 'default',
    target: socket,
    required: fields.get('required') === 'true',
    ...owner,
  }
}

function originOfMount(from: string, mount: MountInput): Node | undefined {
  return originNode(from === '' ? undefined : from, mount.range, mount.plan)
}

function targetOf(fields: MountFields, { text, range, stage, plan }: MountInput): string | undefined {
  const target = absolute(fields.get('target') ?? '', stage)
  if (target !== '/') return target
  return refuse({ text, range }, plan, { found: 'target "/"', needed: 'a directory or file below "/"' })
}

function absolute(path: string, stage: StageDraft): string {
  return posix.resolve('/', stage.config.WorkingDir ?? '/', path)
}

/** SPEC: Go path.Clean: no trailing slash. */
function cleaned(path: string): string {
  const normal = posix.normalize(path)
  return normal === '/' ? normal : normal.replace(/\/$/, '')
}

function sourceOf(fields: MountFields): string {
  return posix.resolve('/', fields.get('source') ?? '')
}

function ownership(
  fields: MountFields,
  { text, range, plan }: MountInput,
  defaultMode: number,
): { readonly mode: number; readonly uid: number; readonly gid: number } | undefined {
  const mode = fields.get('mode')
  if (mode !== undefined && !(/^[0-7]+$/.test(mode) && Number.parseInt(mode, 8) <= 0xffffffff)) {
    return refuse({ text, range }, plan, { found: `mode "${mode}"`, needed: 'an octal number such as 0755' })
  }
  for (const key of ['uid', 'gid'] as const) {
    const value = fields.get(key) ?? '0'
    if (/^\d{1,10}$/.test(value) && Number(value) <= 0xffffffff) continue
    return refuse({ text, range }, plan, { found: `${key} "${value}"`, needed: 'a number' })
  }
  const [uid, gid] = [Number(fields.get('uid') ?? 0), Number(fields.get('gid') ?? 0)]
  // SPEC: BuildKit takes the permissions of a mode without its special bits.
  return { mode: mode === undefined ? defaultMode : Number.parseInt(mode, 8) & 0o777, uid, gid }
}
