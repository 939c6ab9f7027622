import { hostPlatform, type Platform, parseReference, withDefaultTag } from '../../../image-spec/index.ts'
import { inspectRemote } from '../../../images/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { findImage } from '../../find-image.ts'
import { platformOf } from '../../flags/platform.ts'
import { insecureHostsOf, refuseWithoutRemote, tlsVerifyFlag } from '../../flags/tls-verify.ts'
import { inspectImage } from '../../images/inspect-image.ts'
import { remoteDocument } from '../../images/inspect-remote-image.ts'
import { inspectEach } from '../../output/inspect-each.ts'
import { inspectFlags } from '../../output/list-flags.ts'

export const imageInspect = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    ...inspectFlags,
    platform: { kind: 'string', help: 'Platform to select from a multi-platform image' },
    remote: {
      kind: 'bool',
      help: 'Inspect the image in its registry: index, manifest and config, without pulling layers',
    },
    'tls-verify': tlsVerifyFlag,
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run(call) {
    const { values } = call
    const platform = values.platform === undefined ? undefined : platformOf(values.platform)
    refuseWithoutRemote(values)
    if (values.remote) return inspectInRegistries(call, values, platform)
    const { store } = await call.engine()
    return inspectEach(call, values.format, async (name) => {
      const { image } = await findImage(store, name, platform)
      return inspectImage(store, image)
    })
  },
})

interface RemoteFlags {
  readonly format: string | undefined
  readonly 'tls-verify': string
  readonly 'insecure-registry': readonly string[]
}

async function inspectInRegistries(
  call: Pick<Call, 'positionals' | 'io' | 'engine' | 'interrupt'>,
  values: RemoteFlags,
  wanted: Platform | undefined,
): Promise<number> {
  const references = call.positionals.map(parseReference)
  const client = await (await call.engine(insecureHostsOf(values, ...references))).registry()
  const choice = { platform: wanted ?? hostPlatform(), isRequired: wanted !== undefined }
  return inspectEach(call, values.format, async (name) => {
    const reference = withDefaultTag(parseReference(name))
    return remoteDocument(reference, await inspectRemote(client, { reference, ...choice }, call.interrupt.signal))
  })
}
