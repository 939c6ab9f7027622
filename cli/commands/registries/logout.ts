import { eraseCredentials, parseHost } from '../../../registry/index.ts'
import { defineCommand } from '../../command.ts'

export const logout = defineCommand({
  usage: '[SERVER]',
  flags: {},
  positionals: { min: 0, max: 1 },
  notes: 'Without SERVER, logs out of Docker Hub.',
  async run({ positionals, io }) {
    const host = parseHost(positionals[0] ?? 'docker.io')
    const wasThere = await eraseCredentials(host, io.env)
    io.stdout.write(wasThere ? `Removing login credentials for ${host}\n` : `Not logged in to ${host}\n`)
    return 0
  },
})
