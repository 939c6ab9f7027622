import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { ServerConfig } from './config/config.ts'
import { ServerError } from './errors.ts'

const HELPERS = ['pasta', 'slirp4netns']

/**
 * SECURITY: without a network helper, steps would use the host's network and reach everything that listens on this
 * machine.
 */
export async function checkStepNetwork({ build }: ServerConfig): Promise<void> {
  if (build.network !== 'private') return
  const paths = (process.env['PATH'] ?? '').split(delimiter).flatMap((path) => HELPERS.map((name) => join(path, name)))
  const hasHelper = (await Promise.all(paths.map((path) => isUsable(path, constants.X_OK)))).includes(true)
  const hasDevice = await isUsable('/dev/net/tun', constants.R_OK | constants.W_OK)
  if (hasHelper && hasDevice) return
  const reason = hasHelper ? '/dev/net/tun cannot be opened' : `neither ${HELPERS.join(' nor ')} is installed`
  throw new ServerError('SERVER_NO_NETWORK', `Cannot create a private network for steps: ${reason}`, {
    hint: `${hasHelper ? 'Allow this user to open /dev/net/tun (mode 666 is usual)' : 'Install passt'}, or set build.network to "none" or "host" ("host" lets builds reach services of this machine)`,
  })
}

function isUsable(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}
