import { checkBinary, lockDescriptor } from '../../../engine/index.ts'
import { defineCommand } from '../../command.ts'
import { pageDirectory } from '../../server/page-directory.ts'
import { programEntry } from '../../server/program-entry.ts'
import { serverFlags, serverSettings } from '../../server/server-flags.ts'
import { storeWork } from '../../server/store-work.ts'

declare const TSBUILD_VERSION: string

export const serve = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    ...serverFlags,
    'new-admin-token': { kind: 'bool', help: 'Replace the token "admin", for example if it is lost' },
    listen: { kind: 'string', value: 'address', help: 'Address and port to listen on', shownDefault: '127.0.0.1:8080' },
  },
  positionals: { min: 0, max: 0 },
  notes: [
    'Builds images when a git repository is pushed, and pushes them to registries. Settings are read from',
    'tsbuild-server.yaml or /etc/tsbuild/tsbuild-server.yaml; each can be overridden by a variable such as',
    'TSBUILD_SERVER_WORKER_SLOTS. The first start prints a token for the page and the API, as does any start without a valid token of scope admin (docs/server.md).',
  ].join(' '),
  async run(call) {
    const { values, io, interrupt } = call
    const { loadConfig, startServer, storeDirectory } = await import('../../../server/index.ts')
    const flags = { ...serverSettings(values), ...(values.listen !== undefined && { listen: values.listen }) }
    const config = await loadConfig({ file: values.config, env: io.env, flags })
    // Otherwise, webhooks are accepted, and every build fails.
    if (config.worker.slots > 0) await checkBinary(io.env)
    const entry = programEntry()
    const server = await startServer({
      config,
      version: TSBUILD_VERSION,
      entry,
      store: storeWork(storeDirectory(config), io.env),
      lockFile: (descriptor) => lockDescriptor(descriptor, io.env),
      ...pageDirectory(),
      wantsAdminToken: values['new-admin-token'],
      log: io.stderr,
    })
    io.stdout.write(`Build server listening on ${server.url}\n`)
    if (server.adminToken !== undefined) {
      const { value, file } = server.adminToken
      io.stdout.write(`Token "admin", for the page and the API: ${value} (kept in ${file})\n`)
    }
    await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve))
    await server.stop()
    return 0
  },
})
