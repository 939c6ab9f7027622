import { fullName, parseReference, withDefaultTag } from '../../image-spec/index.ts'
import type { VerifiedSignature } from '../../signing/index.ts'
import { defineCommand } from '../command.ts'
import { usageError } from '../errors.ts'
import { insecureHostsOf, tlsVerifyFlag } from '../flags/tls-verify.ts'
import { readKeyFile } from '../signing/read-key-file.ts'
import { parseSignatureAnnotations, signatureAnnotationFlag } from '../signing/signature-annotations.ts'

const TYPES = { tag: 'cosign container image signature', bundle: 'https://sigstore.dev/cosign/sign/v1' } as const

export const verify = defineCommand({
  usage: '[OPTIONS] --key FILE NAME[:TAG|@DIGEST]',
  flags: {
    key: { kind: 'string', value: 'file', help: 'Public key of the signer', completes: 'file' },
    annotation: { ...signatureAnnotationFlag, help: 'Require an annotation in the signature' },
    'tls-verify': tlsVerifyFlag,
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  notes:
    'Succeeds if at least one signature of the image in its registry is valid, and prints the valid ones. Reads signature tags and sigstore bundles. Transparency logs and certificates are not checked.',
  async run({ values, positionals, io, engine, interrupt: { signal } }) {
    if (values.key === undefined) throw usageError('Cannot verify: the key is missing (want --key FILE)')
    const reference = withDefaultTag(parseReference(positionals[0] ?? ''))
    const annotations = parseSignatureAnnotations(values.annotation)
    const text = await readKeyFile(values.key, io)
    const { readPublicKey, verifyImage } = await import('../../signing/index.ts')
    const key = readPublicKey(text, values.key)
    const client = await (await engine(insecureHostsOf(values, reference))).registry()
    const { digest, signatures } = await verifyImage({ client, reference, key, annotations }, signal)
    io.stderr.write(`Verified ${fullName(reference)} as ${digest}\n`)
    io.stdout.write(`${JSON.stringify(signatures.map(printed))}\n`)
    return 0
  },
})

/** As cosign prints it. */
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
