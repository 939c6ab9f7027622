import { execFile } from 'node:child_process'
import { hasCode } from '../../errors/index.ts'
import { CheckoutRefused } from './run-git.ts'

/** Without a terminal, ssh ignores a key that it cannot read, and the git server refuses a login without a key. */
export async function refuseUnusableKey(keyFile: string): Promise<void> {
  const reason = await faultOf(keyFile)
  if (reason === undefined) return
  throw new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot use secret "git-ssh-key" as a key of ssh: ${reason}`, {
    hint: 'Set it to a private key without a passphrase: tsbuild server secret set PROJECT git-ssh-key',
  })
}

function faultOf(keyFile: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('ssh-keygen', ['-y', '-P', '', '-f', keyFile], { timeout: 10_000 }, (error, _, errorOutput) => {
      const isUsable = error === null || hasCode(error, 'ENOENT')
      resolve(isUsable ? undefined : errorOutput.trim().replace(/^Load key ".*": /, '') || 'it is not a private key')
    })
  })
}
