import type { Mount } from '../../../../sandbox-native/driver/index.ts'
import { readSecret } from '../../../context/read-secret.ts'
import type { ExecMount, ExecOperation } from '../../../plan/graph/operation.ts'
import { BuildError } from '../../../request/errors.ts'
import type { Outcome } from '../../../solve/runner.ts'
import type { CacheLease, StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'
import { openAgentProxy } from './agent-proxy.ts'
import { openBind } from './bind-mount.ts'
import type { MountOf, OpenedMount } from './opened-mount.ts'

/** The opened mounts of a command, and what to release after it. */
export interface OpenedMounts {
  readonly mounts: readonly Mount[]
  /** The socket of the first agent, as the variable in which programs look for it. */
  readonly agent: Readonly<Record<string, string>>
  /** Secrets that are given as variables. */
  readonly secrets: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Opens the mounts in order; on failure, releases those opened so far. */
export async function openMounts(
  operation: ExecOperation,
  inputs: readonly Outcome<StepValue>[],
  context: StepContext,
): Promise<OpenedMounts> {
  const opened: OpenedMount[] = []
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

function openMount(
  mount: ExecMount,
  inputs: readonly Outcome<StepValue>[],
  context: MountContext,
): Promise<OpenedMount> {
  switch (mount.type) {
    case 'bind':
      return openBind(mount, inputs[mount.input], context)
    case 'cache': {
      const input = mount.input === undefined ? undefined : inputs[mount.input]
      return context.caches.open(mount, input, context).then((bind) => ({ mount: bind }))
    }
    case 'tmpfs': {
      const { target, sizeBytes, readOnly } = mount
      if (target === '/dev') return Promise.resolve({}) // a step's /dev is a private tmpfs already, with its devices
      return Promise.resolve({
        mount: {
          kind: 'tmpfs',
          target,
          flags: readOnly ? ['dev', 'ro'] : ['dev'],
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

async function openSecret(mount: MountOf<'secret'>, context: StepContext): Promise<OpenedMount> {
  const content = await readSecret(mount.id, context.options)
  if (content === undefined) {
    // SPEC: BuildKit sets the variable of an optional secret even if the secret is missing.
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

/** The caller's agent, through a private socket for the step. */
async function openAgent(mount: MountOf<'ssh'>, context: StepContext): Promise<OpenedMount> {
  const { ssh } = context.options
  const socket = Object.hasOwn(ssh, mount.id) ? ssh[mount.id] : undefined
  if (socket === undefined) {
    // SPEC: BuildKit sets SSH_AUTH_SOCK even if there is no agent.
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
