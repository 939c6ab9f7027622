import { eraseCredentials, parseLoginServer } from '../../../registry/index.ts'
import { defineCommand } from '../../command.ts'

export const logout = defineCommand({
  usage: '[SERVER]',
  flags: {},
  positionals: { min: 0, max: 1 },
  notes: 'Without SERVER, logs out of Docker Hub.',
  async run({ positionals, io }) {
    const server = parseLoginServer(positionals[0] ?? 'docker.io')
    const name = server.repository === undefined ? server.host : `${server.host}/${server.repository}`
    const wasThere = await eraseCredentials(server, io.env)
    io.stdout.write(wasThere ? `Removing login credentials for ${name}\n` : `Not logged in to ${name}\n`)
    return 0
  },
})
