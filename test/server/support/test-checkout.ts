import { join } from 'node:path'
import { type Checkout, type CheckoutRequest, checkOut } from '../../../server/checkout/check-out.ts'
import { gitLogin } from '../../../server/checkout/git-environment.ts'

export interface TestCheckout extends Partial<CheckoutRequest> {
  readonly url: string
  /** Directory of the test. */
  readonly room: string
  /** Distinguishes the directories of this checkout from others in the room. */
  readonly name: string | number
  /** Default: the right token. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly localRoots?: readonly string[]
  /** In addition to that of the login. */
  readonly env?: NodeJS.ProcessEnv
}

/** Checks out a repository as a worker does. */
export async function checkOutAsWorker(wanted: TestCheckout): Promise<Checkout> {
  const { room, name, secrets = { 'git-token': 'right' }, localRoots = [], env, ...request } = wanted
  const login = await gitLogin(request.url, new Map(Object.entries(secrets)), {
    directory: join(room, `login-${name}`),
    localRoots,
    knownHostsFile: undefined,
    ownKnownHosts: join(room, 'known_hosts'),
  })
  try {
    return await checkOut({
      ref: 'refs/heads/main',
      commit: undefined,
      submodules: true,
      lfs: true,
      cache: join(room, `cache-${name}.git`),
      directory: join(room, `out-${name}`),
      signal: new AbortController().signal,
      onOutput: () => {},
      ...request,
      env: { ...login.env, ...env },
    })
  } finally {
    await login.close()
  }
}
