import { type Context, Hono } from 'hono'
import { acceptWebhooks } from '../webhooks/accept-webhooks.ts'
import { imageOfDockerHub, imagesOfHarbor, type MovedImage, rebuildOn } from '../webhooks/base-image-moved.ts'
import { callDockerHubBack } from '../webhooks/docker-hub-callback.ts'
import { Fields } from '../webhooks/json-fields.ts'
import { receiveWebhook } from '../webhooks/receive-webhook.ts'
import { badSignature, isSame } from '../webhooks/signatures.ts'
import type { AppContext } from './app-context.ts'
import { parseJson, readBody } from './read-input.ts'

/** `POST /hooks/PROJECT` of forges; `/hooks/harbor` and `/hooks/docker-hub/SECRET` of registries. */
export function webhookRoutes(context: AppContext): Hono {
  const { config, logger, projects, database, queue, tracing } = context
  const { toleranceSeconds } = config.webhooks
  const findProject = projects.getWithWebhookSecret
  const accept = acceptWebhooks(database, queue)
  const parts = { findProject, secretsOf: projects.secrets, accept, toleranceSeconds, tracing }
  const { maxBodyBytes, dockerHubSecret, harborAuthorization } = config.webhooks
  const routes = new Hono()
  const moved = async (c: Context, source: 'docker-hub' | 'harbor', read: (body: Fields) => readonly MovedImage[]) => {
    const body = await readBody(c, maxBodyBytes, 'Send less, or raise webhooks.maxBodyBytes')
    const fields = new Fields(parseJson(body))
    const images = read(fields)
    const builds = await rebuildOn(context, source, { body, images })
    logger.info({ source, images: images.map(({ reference }) => reference), builds }, 'base image moved')
    if (source === 'docker-hub') callDockerHubBack(fields, { builds, config, logger })
    return c.json({ builds }, 202)
  }
  routes.post('/docker-hub/:secret', async (c) => {
    if (dockerHubSecret === undefined || !isSame(c.req.param('secret'), dockerHubSecret)) {
      const hint = 'Enter the address with the value of webhooks.dockerHubSecret at Docker Hub'
      throw badSignature('the secret in the address does not match', hint)
    }
    return moved(c, 'docker-hub', (body) => [imageOfDockerHub(body) ?? []].flat())
  })
  routes.post('/harbor', async (c) => {
    if (harborAuthorization === undefined || !isSame(c.req.header('authorization') ?? '', harborAuthorization)) {
      const hint = 'Enter the value of webhooks.harborAuthorization as the auth header of the webhook at Harbor'
      throw badSignature('the header Authorization does not match', hint)
    }
    return moved(c, 'harbor', imagesOfHarbor)
  })
  routes.post('/:project', async (c) => {
    const body = await readBody(c, maxBodyBytes, 'Send less, or raise webhooks.maxBodyBytes')
    const project = c.req.param('project')
    const response = await receiveWebhook(parts, project, { body, header: (name) => c.req.header(name) })
    logger.info({ project, ...response }, 'webhook received')
    return c.json(response, response.outcome === 'accepted' ? 202 : 200)
  })
  return routes
}
