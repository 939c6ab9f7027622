import { join } from 'node:path'
import { importBusyboxInto } from './busybox-base.ts'
import { startTestServer, type TestServer } from './start-test-server.ts'

/** A server with busybox in its store. Repositories of projects are in its directory; their steps have no network. */
export function startBusyboxServer(directory: string, env: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  importBusyboxInto(join(directory, 'store'), directory)
  return startTestServer(directory, {
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_BUILD_NETWORK: 'none',
    ...env,
  })
}
