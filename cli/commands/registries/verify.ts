import { fullName, parseReference, withDefaultTag } from '../../../image-spec/index.ts'
import { toSingleLine } from '../../../notation/index.ts'
import type { VerifiedSignature, VerifyRequest } from '../../../signing/index.ts'
import { defineCommand } from '../../command.ts'
import { usageError } from '../../errors.ts'
import { insecureHostsOf, tlsVerifyFlag } from '../../flags/tls-verify.ts'
import { jsonText } from '../../output/json-text.ts'
import { parsePredicateType } from '../../signing/predicate-type.ts'
import { readKeyFile } from '../../signing/read-key-file.ts'
import { parseSignatureAnnotations, signatureAnnotationFlag } from '../../signing/signature-annotations.ts'

const TYPES = { tag: 'cosign container image signature', bundle: 'https://sigstore.dev/cosign/sign/v1' } as const

export const verify = defineCommand({
  usage: '[OPTIONS] --key FILE NAME[:TAG|@DIGEST]',
  flags: {
    key: { kind: 'string', value: 'file', help: 'Public key of the signer', completes: 'file' },
    annotation: { ...signatureAnnotationFlag, help: 'Require an annotation in the signature' },
    type: {
      kind: 'string',
      help: 'Verify attestations of this predicate type instead of signatures: slsaprovenance1, spdxjson, cyclonedx, … or a URI',
    },
    'tls-verify': tlsVerifyFlag,
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  notes:
    'Succeeds if at least one signature (with --type: attestation) of the image in its registry is valid, and prints the valid ones. Reads the tags of cosign and sigstore bundles, and warns about those that cannot be read. Transparency logs and certificates are not checked.',
  async run({ values, positionals, io, engine, interrupt: { signal } }) {
    if (values.key === undefined) throw usageError('Cannot verify: the key is missing (expected --key FILE)')
    const reference = withDefaultTag(parseReference(positionals[0] ?? ''))
    const annotations = parseSignatureAnnotations(values.annotation)
    const text = await readKeyFile(values.key, io)
    const { readPublicKey } = await import('../../../signing/index.ts')
    const key = readPublicKey(text, values.key)
    const predicateType = values.type === undefined ? undefined : await parsePredicateType(values.type)
    if (predicateType !== undefined && values.annotation.length > 0)
      throw usageError('Cannot use "--annotation" with "--type": attestations have no annotations')
    const client = await (await engine(insecureHostsOf(values, reference))).registry()
    const request = { client, reference, key, annotations }
    const { digest, lines, unread } =
      predicateType === undefined
        ? await verifiedSignatures(request, signal)
        : await verifiedAttestations({ ...request, predicateType }, signal)
    for (const line of unread.slice(0, MAX_UNREAD)) io.stderr.write(`WARNING: Skipped ${toSingleLine(line)}\n`)
    io.stderr.write(`Verified ${fullName(reference)} as ${digest}\n`)
    for (const line of lines) io.stdout.write(`${jsonText(line)}\n`)
    return 0
  },
})

const MAX_UNREAD = 10

async function verifiedSignatures(request: VerifyRequest, signal: AbortSignal) {
  const { verifyImage } = await import('../../../signing/index.ts')
  const { signatures, ...verified } = await verifyImage(request, signal)
  return { ...verified, lines: [signatures.map(printed)] }
}

/** A line for each envelope, in cosign's format. */
async function verifiedAttestations(request: VerifyRequest & { readonly predicateType: string }, signal: AbortSignal) {
  const { verifyAttestations } = await import('../../../signing/index.ts')
  const { envelopes, ...verified } = await verifyAttestations(request, signal)
  return { ...verified, lines: envelopes }
}

/** In cosign's format. */
function printed({ digest, annotations, repository = '', format }: VerifiedSignature) {
  return {
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': digest },
      type: TYPES[format],
    },
    optional: annotations,
  }
}
