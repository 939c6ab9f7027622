import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { hasCode } from '../../../errors/index.ts'
import { describeFileError } from '../../../layer-store/index.ts'
import { defineCommand } from '../../command.ts'
import { CliError } from '../../errors.ts'
import { newKeyPassword } from '../../signing/key-password.ts'

export const keyGenerate = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    'output-key-prefix': {
      kind: 'string',
      default: 'cosign',
      value: 'path',
      help: 'Write PATH.key and PATH.pub',
    },
  },
  positionals: { min: 0, max: 0 },
  notes:
    'The private key is encrypted with the password in COSIGN_PASSWORD, or prompted for if it is not set. cosign reads both files.',
  async run({ values, io }) {
    const password = await newKeyPassword(io)
    const { generateKeys } = await import('../../../signing/index.ts')
    const { privateKey, publicKey } = await generateKeys(password)
    const path = resolve(io.cwd, values['output-key-prefix'])
    await create(`${path}.key`, privateKey, 0o600)
    await create(`${path}.pub`, publicKey, 0o644).catch(async (error: unknown) => {
      await rm(`${path}.key`) // the next attempt would refuse an existing file
      throw error
    })
    io.stderr.write(`Private key written to ${path}.key\nPublic key written to ${path}.pub\n`)
    return 0
  },
})

/** Never overwrites a key, which would be lost together with everything it signed. */
async function create(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode, flush: true })
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) {
      // the next attempt would refuse an existing file
      await rm(path, { force: true }).catch(() => undefined)
      throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": ${describeFileError(cause)}`, { cause })
    }
    throw new CliError('CLI_OUTPUT_FAILED', `Cannot write "${path}": the file already exists`, {
      hint: 'Use another --output-key-prefix, or move the existing key',
    })
  }
}
