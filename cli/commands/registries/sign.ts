import { fullName, parseReference, repositoryName, withDefaultTag } from '../../../image-spec/index.ts'
import { defineCommand } from '../../command.ts'
import { usageError } from '../../errors.ts'
import { insecureHostsOf } from '../../flags/tls-verify.ts'
import { keyPassword } from '../../signing/key-password.ts'
import { readKeyFile } from '../../signing/read-key-file.ts'
import { parseSignatureAnnotations, signatureAnnotationFlag } from '../../signing/signature-annotations.ts'
import { signingFlags } from '../../signing/signing-flags.ts'

export const sign = defineCommand({
  usage: '[OPTIONS] --key FILE NAME[:TAG|@DIGEST]',
  flags: {
    ...signingFlags,
    annotation: { ...signatureAnnotationFlag, help: 'Add an annotation to the signed document' },
    'new-bundle-format': {
      kind: 'bool',
      help: 'Push a sigstore bundle that refers to the image, instead of a signature in the tag sha256-….sig',
    },
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  notes:
    "Signs the image in its registry and pushes the signature next to it. The key's password is in COSIGN_PASSWORD, or prompted for. Nothing is sent to a transparency log: cosign verify needs --insecure-ignore-tlog.",
  async run({ values, positionals, io, engine, interrupt: { signal } }) {
    if (values.key === undefined) throw usageError('Cannot sign: the key is missing (expected --key FILE)')
    const reference = withDefaultTag(parseReference(positionals[0] ?? ''))
    const annotations = parseSignatureAnnotations(values.annotation)
    const text = await readKeyFile(values.key, io)
    const { readPrivateKey, signImage } = await import('../../../signing/index.ts')
    const key = await readPrivateKey(text, await keyPassword(io), values.key)
    const client = await (await engine(insecureHostsOf(values, reference))).registry()
    const format = values['new-bundle-format'] ? 'bundle' : 'tag'
    const { digest } = await signImage({ client, reference, key, annotations, format }, signal)
    io.stderr.write(`Signed ${fullName(reference)}\n`)
    io.stdout.write(`${repositoryName(reference)}@${digest}\n`)
    return 0
  },
})
