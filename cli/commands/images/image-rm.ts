import { familiarName, parseReference } from '../../../image-spec/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { eachName, unlessMissing } from '../../each-name.ts'
import { usageError } from '../../errors.ts'
import { insecureHostsOf, refuseWithoutRemote, tlsVerifyFlag } from '../../flags/tls-verify.ts'
import { collect } from '../../images/collect.ts'
import { removeImage } from '../../images/remove-image.ts'

export const imageRm = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    force: {
      kind: 'bool',
      short: 'f',
      help: 'Force removal of the image, even if containers or several tags refer to it',
    },
    remote: {
      kind: 'bool',
      help: 'Delete the tag in its registry; with a digest, delete the manifest and all its tags',
    },
    'tls-verify': tlsVerifyFlag,
    'no-prune': { kind: 'bool', help: 'Keep untagged layers for a later "tsbuild prune"' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run(call) {
    const { values } = call
    refuseWithoutRemote(values)
    if (values.remote && (values.force || values['no-prune']))
      throw usageError('Cannot use "--force" or "--no-prune" with "--remote": they apply to images of the store only')
    if (values.remote) return removeFromRegistries(call, values)
    const { store } = await call.engine()
    const containers = await containersOf(call)
    let isAnyDeleted = false
    try {
      return await eachName(call, (name) => {
        const remove = async () => {
          const lines = await removeImage({ store, containers, force: values.force }, name)
          isAnyDeleted ||= lines.some((line) => line.startsWith('Deleted: '))
          return lines.map((line) => `${line}\n`).join('')
        }
        return values.force ? unlessMissing(call.io, remove) : remove()
      })
    } finally {
      if (isAnyDeleted && !values['no-prune']) await collect(call)
    }
  },
})

async function removeFromRegistries(
  call: Pick<Call, 'positionals' | 'io' | 'engine' | 'interrupt'>,
  values: { readonly 'tls-verify': string; readonly 'insecure-registry': readonly string[] },
): Promise<number> {
  const references = call.positionals.map(parseReference)
  const unnamed = references.find(({ tag, digest }) => (tag ?? digest) === undefined)
  if (unnamed !== undefined)
    throw usageError(`Cannot delete "${familiarName(unnamed)}": no tag or digest (expected name:tag)`)
  const client = await (await call.engine(insecureHostsOf(values, ...references))).registry()
  return eachName(call, async (name) => {
    const reference = parseReference(name)
    await client.deleteManifest(reference, call.interrupt.signal)
    return `${reference.digest === undefined ? 'Untagged' : 'Deleted'}: ${familiarName(reference)}\n`
  })
}
