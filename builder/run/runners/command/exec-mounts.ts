import { posix } from 'node:path'
import type { LayerDraft } from '../../../../layer-store/index.ts'
import type { Mount, Selection } from '../../../../sandbox-native/driver/index.ts'
import { readSecret } from '../../../context/read-secret.ts'
import type { ExecMount, ExecOperation } from '../../../plan/graph/operation.ts'
import { BuildError } from '../../../request/errors.ts'
import type { Outcome } from '../../../solve/runner.ts'
import { filesOf, ownerOf } from '../sources/selected-files.ts'
import type { CacheLease, StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'
import { openAgentProxy } from './agent-proxy.ts'

type MountOf<Type extends ExecMount['type']> = Extract<ExecMount, { type: Type }>

/** The opened mounts of a command, and what must be released after it. */
export interface OpenedMounts {
  readonly mounts: readonly Mount[]
  /** The socket of the first agent, by the variable where programs look for it. */
  readonly agent: Readonly<Record<string, string>>
  /** Secrets that are given as variables. */
  readonly secrets: Readonly<Record<string, string>>
  close(): Promise<void>
}

interface Opened {
  readonly mount?: Mount
  readonly agent?: Readonly<Record<string, string>>
  readonly secret?: Readonly<Record<string, string>>
  readonly close?: () => Promise<void>
}

/** Opens the mounts in order; after a failure, those opened before are released. */
export async function openMounts(
  operation: ExecOperation,
  inputs: readonly Outcome<StepValue>[],
  context: StepContext,
): Promise<OpenedMounts> {
  const opened: Opened[] = []
  const caches = context.cacheMounts.lease()
  const close = async () => {
    for (const one of opened.reverse()) await one.close?.()
    await caches.close()
  }
  try {
    for (const mount of operation.mounts) opened.push(await openMount(mount, inputs, { ...context, caches }))
  } catch (error) {
    await close()
    throw error
  }
  const scripts = (operation.scripts ?? []).map(
    ({ path, content }): Mount => ({
      kind: 'file',
      target: path,
      contentBase64: Buffer.from(content).toString('base64'),
      mode: 0o755,
      uid: 0,
      gid: 0,
    }),
  )
  const mounts = opened.flatMap((one) => (one.mount ? [one.mount] : []))
  const agent = opened.find((one) => one.agent)?.agent ?? {}
  const secrets = Object.fromEntries(opened.flatMap((one) => Object.entries(one.secret ?? {})))
  return { mounts: [...mounts, ...scripts], agent, secrets, close }
}

type MountContext = StepContext & { readonly caches: CacheLease }

function openMount(mount: ExecMount, inputs: readonly Outcome<StepValue>[], context: MountContext): Promise<Opened> {
  switch (mount.type) {
    case 'bind':
      return openBind(mount, inputs[mount.input], context)
    case 'cache': {
      const input = mount.input === undefined ? undefined : inputs[mount.input]
      return context.caches.open(mount, input, context).then((bind) => ({ mount: bind }))
    }
    case 'tmpfs': {
      const { target, sizeBytes } = mount
      return Promise.resolve({
        mount: {
          kind: 'tmpfs',
          target,
          flags: ['dev'],
          ...(sizeBytes !== undefined && { options: [['size', `${sizeBytes}`]] }),
        },
      })
    }
    case 'secret':
      return openSecret(mount, context)
    case 'ssh':
      return openAgent(mount, context)
  }
}

/** Which files of an input a bind mount shows. */
export function mountedSelection(source: string): Selection {
  return { paths: [relativeSource(source) || '.'], parents: true }
}

/** An overlay over the input's layers; files that are in no layer yet become one first. Writes are discarded. */
async function openBind(
  mount: MountOf<'bind'>,
  input: Outcome<StepValue> | undefined,
  context: StepContext,
): Promise<Opened> {
  const { layers } = context.store
  const drafts: LayerDraft[] = []
  const close = async () => {
    for (const draft of drafts) await layers.abandon(draft)
  }
  try {
    if (context.native.isolation === 'chroot') {
      const tree = await treeOfFiles(mount, input, drafts, context)
      const source = posix.join(tree, relativeSource(mount.source))
      return { mount: { kind: 'bind', source, target: mount.target }, close }
    }
    const lowers =
      input?.value.kind === 'snapshot'
        ? await layers.trees(await input.value.chain(), context.signal, context.options.aroundUnpack)
        : [await treeOfFiles(mount, input, drafts, context)]
    const overlay = { kind: 'overlay', lowers, subpath: relativeSource(mount.source), target: mount.target } as const
    if (!mount.writable) return { mount: overlay, close }
    const scratch = await layers.draft()
    drafts.push(scratch)
    return { mount: { ...overlay, upper: scratch.tree, work: scratch.work }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function treeOfFiles(
  mount: MountOf<'bind'>,
  input: Outcome<StepValue> | undefined,
  drafts: LayerDraft[],
  context: StepContext,
): Promise<string> {
  const draft = await context.store.layers.draft()
  drafts.push(draft)
  const source = await filesOf(input, context)
  const owner = ownerOf(input)
  const action = {
    kind: 'copy',
    source,
    selection: mountedSelection(mount.source),
    to: '/',
    ...(owner && { owner }),
  } as const
  await context.native.trees.writeLayer(
    { base: [], actions: [action], tar: draft.tar, index: draft.index, wantDiffId: false },
    context.signal,
  )
  const tree = posix.join(draft.directory, 'files')
  await context.native.trees.unpackLayer({ blob: draft.tar, tree, base: [] }, context.signal)
  return tree
}

async function openSecret(mount: MountOf<'secret'>, context: StepContext): Promise<Opened> {
  const content = await readSecret(mount.id, context.options)
  if (content === undefined) {
    // SPEC: BuildKit sets the variable of an optional secret in any case.
    if (!mount.required) return mount.env === undefined ? {} : { secret: { [mount.env]: '' } }
    throw new BuildError(
      'BUILD_SECRET_MISSING',
      `Cannot mount secret "${mount.id}": it was not passed (the mount is required)`,
      {
        hint: `Pass it with --secret id=${mount.id},src=FILE or --secret id=${mount.id},env=VARIABLE`,
      },
    )
  }
  const { target, env, mode, uid, gid } = mount
  return {
    ...(target !== undefined && {
      mount: { kind: 'file', target, contentBase64: content.toString('base64'), mode, uid, gid },
    }),
    ...(env !== undefined && { secret: { [env]: content.toString('utf8') } }),
  }
}

/** The caller's agent, reached through a private socket of the step. */
async function openAgent(mount: MountOf<'ssh'>, context: StepContext): Promise<Opened> {
  const { ssh } = context.options
  const socket = Object.hasOwn(ssh, mount.id) ? ssh[mount.id] : undefined
  if (socket === undefined) {
    // SPEC: BuildKit names the socket to the command in any case.
    if (!mount.required) return { agent: { SSH_AUTH_SOCK: mount.target } }
    throw new BuildError(
      'BUILD_SECRET_MISSING',
      `Cannot mount ssh agent "${mount.id}": none was passed (the mount is required)`,
      {
        hint: 'Pass it with --ssh default, or --ssh ID=SOCKET',
      },
    )
  }
  const { target, mode, uid, gid } = mount
  const draft = await context.store.layers.draft()
  try {
    const proxy = await openAgentProxy(draft.directory, socket)
    return {
      mount: { kind: 'socket', source: proxy.socket, target, mode, uid, gid },
      agent: { SSH_AUTH_SOCK: target },
      close: async () => {
        await proxy.close()
        await context.store.layers.abandon(draft)
      },
    }
  } catch (error) {
    await context.store.layers.abandon(draft)
    throw error
  }
}

/** `.`, `/` and `/a/../b` as a clean path beneath the root. */
function relativeSource(source: string): string {
  return posix.normalize(posix.join('/', source)).slice(1)
}
