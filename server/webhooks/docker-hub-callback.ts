import type { Logger } from 'pino'
import type { ServerConfig } from '../config/config.ts'
import { sendJson } from '../report/send-json.ts'
import type { Fields } from './json-fields.ts'

interface Accepted {
  readonly builds: readonly number[]
  readonly config: Pick<ServerConfig, 'publicUrl'>
  readonly logger: Logger
}

/** SPEC: Docker Hub's webhooks: the next webhook of a chain is sent once this one has called `callback_url`. */
export function callDockerHubBack(body: Fields, { builds, config, logger }: Accepted): void {
  const address = body.text('callback_url')
  if (address === undefined) return
  if (!isDockerHub(address)) {
    logger.warn({ address }, 'the callback of a webhook is not an address of Docker Hub')
    return
  }
  const report = {
    state: 'success',
    description: builds.length === 1 ? '1 build started' : `${builds.length} builds started`,
    context: 'tsbuild',
    ...(config.publicUrl !== undefined && { target_url: config.publicUrl }),
  }
  sendJson(address, { headers: {}, body: JSON.stringify(report) }).catch((error: Error) =>
    logger.warn({ err: error }, 'cannot send the callback to Docker Hub'),
  )
}

/** SECURITY: the server does not send requests to any other address that a webhook chooses. */
function isDockerHub(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host } = new URL(address)
  return protocol === 'https:' && (host === 'hub.docker.com' || host.endsWith('.hub.docker.com'))
}
