import { formatPlatform, fullName, parseReference, repositoryName, withDefaultTag } from '../../../image-spec/index.ts'
import type { AttachedPredicate } from '../../../signing/index.ts'
import { defineCommand, type Io } from '../../command.ts'
import { CliError, usageError } from '../../errors.ts'
import { insecureHostsOf } from '../../flags/tls-verify.ts'
import { keyPassword } from '../../signing/key-password.ts'
import { parsePredicateType } from '../../signing/predicate-type.ts'
import { readKeyFile } from '../../signing/read-key-file.ts'
import { readPredicate } from '../../signing/read-predicate.ts'
import { signingFlags } from '../../signing/signing-flags.ts'

export const attest = defineCommand({
  usage: '[OPTIONS] --key FILE NAME[:TAG|@DIGEST]',
  flags: {
    ...signingFlags,
    predicate: {
      kind: 'string',
      value: 'file',
      help: 'File with the predicate (- for standard input); by default, what the build attached to the image',
      completes: 'file',
    },
    type: {
      kind: 'string',
      help: 'Predicate type: slsaprovenance, slsaprovenance1, spdx, spdxjson, cyclonedx, vuln, openvex, link, custom, or a URI',
    },
    'new-bundle-format': {
      kind: 'bool',
      help: 'Push a sigstore bundle that refers to the image, instead of an attestation in the tag sha256-….att',
    },
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  notes:
    "Signs statements about the image in its registry, as cosign attest does: the predicate of a file, or the SBOM and the provenance that build --push --sbom=true --provenance=true attached. The key's password is in COSIGN_PASSWORD, or prompted for.",
  async run({ values, positionals, io, engine, interrupt: { signal } }) {
    if (values.key === undefined) throw usageError('Cannot attest: the key is missing (expected --key FILE)')
    const reference = withDefaultTag(parseReference(positionals[0] ?? ''))
    const { attachedPredicates, attestImage, readPrivateKey } = await import('../../../signing/index.ts')
    const predicateType = values.type === undefined ? undefined : await parsePredicateType(values.type)
    const own = await ownPredicate(values, predicateType, io)
    const key = await readPrivateKey(await readKeyFile(values.key, io), await keyPassword(io), values.key)
    const client = await (await engine(insecureHostsOf(values, reference))).registry()
    const subject = await client.resolve(reference, signal)
    const attached = own ?? (await attachedPredicates(client, { reference, image: subject }, signal))
    const matching = attached.filter((one) => predicateType === undefined || one.predicateType === predicateType)
    if (matching.length === 0) throw nothingAttached(fullName(reference), values.type)
    const format = values['new-bundle-format'] ? 'bundle' : 'tag'
    for (const predicate of matching) {
      await attestImage({ client, reference, subject, key, format, ...predicate }, signal)
      const platform = predicate.platform === undefined ? '' : ` (${formatPlatform(predicate.platform)})`
      io.stderr.write(`Attested ${fullName(reference)}${platform}: ${predicate.predicateType}\n`)
    }
    io.stdout.write(`${repositoryName(reference)}@${subject.digest}\n`)
    return 0
  },
})

async function ownPredicate(
  { predicate, type }: { readonly predicate: string | undefined; readonly type: string | undefined },
  predicateType: string | undefined,
  io: Io,
): Promise<readonly AttachedPredicate[] | undefined> {
  if (predicate === undefined) return undefined
  if (type === undefined || predicateType === undefined)
    throw usageError('Cannot attest: the type of the predicate is missing (expected --type)')
  return [{ predicateType, predicate: await readPredicate(predicate, type, io) }]
}

function nothingAttached(name: string, type: string | undefined): CliError {
  const what = type === undefined ? 'no attestations' : `no attestation of type ${type}`
  return new CliError('CLI_INPUT_MISSING', `Cannot attest "${name}": ${what} attached to the image`, {
    hint: 'Specify a file with --predicate, or build with --push --sbom=true --provenance=true',
  })
}
