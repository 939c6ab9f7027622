import { checkBinary, lockDescriptor } from '../../../engine/index.ts'
import { defineCommand } from '../../command.ts'
import { programEntry } from '../../server/program-entry.ts'
import { serverFlags, serverSettings } from '../../server/server-flags.ts'

export const worker = defineCommand({
  usage: '[OPTIONS] --database URL',
  flags: { ...serverFlags, database: { kind: 'string', value: 'URL', help: 'PostgreSQL of the server: postgres://…' } },
  positionals: { min: 0, max: 0 },
  notes: [
    'Runs builds from the queue of a server on another machine. Reads the same settings as tsbuild serve, and needs the',
    'key file of the server. On SIGTERM, claims no more builds, and requeues those that do not finish in time.',
  ].join(' '),
  async run({ values, io, interrupt }) {
    const { loadConfig, startWorkerProcess } = await import('../../../server/index.ts')
    const config = await loadConfig({ file: values.config, env: io.env, flags: serverSettings(values) })
    await checkBinary(io.env)
    const running = await startWorkerProcess({
      config,
      entry: programEntry(),
      lockFile: (descriptor) => lockDescriptor(descriptor, io.env),
      log: io.stderr,
    })
    await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve))
    await running.stop()
    return 0
  },
})
