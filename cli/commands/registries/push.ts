import { renderError } from '../../../builder/index.ts'
import { type Descriptor, familiarName, fullName } from '../../../image-spec/index.ts'
import { copyImage, pushImage } from '../../../images/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { platformOf } from '../../flags/platform.ts'
import { insecureHostsOf } from '../../flags/tls-verify.ts'
import { parsePushForm, pushFormFlags, refuseForm, refuseUnplaced } from '../../images/push-form.ts'
import { destinationsOf, onlyFor, type PushTarget, pushTargets } from '../../images/push-targets.ts'
import { transferFlags } from '../../images/transfer-flags.ts'
import { withClient } from '../../images/with-client.ts'
import { showTransfer } from '../../terminal/show-transfer.ts'

export const push = defineCommand({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST] [NAME...]',
  flags: {
    'all-tags': { kind: 'bool', short: 'a', help: 'Push all tags of the repository' },
    destination: { kind: 'list', value: 'name', help: 'Push the image to this name instead (repeatable)' },
    ...transferFlags,
    platform: { kind: 'string', help: 'Push only the image for this platform' },
    ...pushFormFlags,
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  notes: 'With a digest, the manifest is pushed as it was pulled or pushed before, without a tag.',
  async run(call) {
    const { values, positionals, engine, interrupt } = call
    const destinations = destinationsOf(positionals, values)
    const form = parsePushForm(values)
    if (positionals.some((name) => name.includes('@'))) refuseForm(values)
    const platform = values.platform === undefined ? undefined : platformOf(values.platform)
    const opened = await engine(insecureHostsOf(values, ...destinations))
    const { store } = opened
    const found = await pushTargets(store, positionals, values)
    const targets = platform === undefined ? found : found.map((one) => onlyFor(platform, one))
    for (const { reference, images } of targets) refuseUnplaced(form, familiarName(reference), images)
    const { registry } = opened
    const isNamed = targets.length > 1 && !values['all-tags']
    const { signal } = interrupt
    return withClient(opened, (client) =>
      pushEach({ call, quiet: values.quiet, isNamed }, targets, ({ reference, images, exactName }, onProgress) => {
        if (exactName === undefined) return pushImage({ store, client, reference, images, ...form, onProgress }, signal)
        const from = { kind: 'store', name: exactName } as const
        return copyImage({ store, registry, from, to: { kind: 'registry', reference }, onProgress }, signal)
      }),
    )
  },
})

interface Pushes {
  readonly call: Pick<Call, 'io' | 'interrupt'>
  readonly quiet: boolean
  /** Lines contain the full name, to distinguish repositories. */
  readonly isNamed: boolean
}

/** Tries all; the last failure is thrown at the end. */
async function pushEach(
  { call: { io, interrupt }, quiet, isNamed }: Pushes,
  targets: readonly PushTarget[],
  push: (target: PushTarget, onProgress: Parameters<Parameters<typeof showTransfer>[1]>[0]) => Promise<Descriptor>,
): Promise<number> {
  const failures: unknown[] = []
  for (const target of targets) {
    const { reference } = target
    const name = familiarName(reference)
    const shown = { action: 'pushing', name, quiet, io, signal: interrupt.signal } as const
    try {
      const { digest, size } = await showTransfer(shown, (onProgress) => push(target, onProgress))
      const line = `${isNamed ? name : (reference.tag ?? name)}: digest: ${digest} size: ${size}`
      io.stdout.write(`${quiet ? fullName(reference) : line}\n`)
    } catch (error) {
      interrupt.signal.throwIfAborted()
      failures.push(error)
    }
  }
  for (const failure of failures.slice(0, -1)) io.stderr.write(renderError(failure))
  if (failures.length > 0) throw failures.at(-1)
  return 0
}
