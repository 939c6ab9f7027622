import { Hono } from 'hono'
import * as v from 'valibot'
import { type Operation, type OperationName, operations } from '../api/index.ts'
import { openApiDocument } from '../api/openapi.ts'
import type { AppContext, AppEnv } from './app-context.ts'
import { requireScope } from './authenticate.ts'
import type { Handler } from './handler.ts'
import { buildHandlers } from './handlers/builds.ts'
import { imageHandlers } from './handlers/images.ts'
import { liveHandlers } from './handlers/live.ts'
import { projectHandlers } from './handlers/projects.ts'
import { sessionHandlers } from './handlers/sessions.ts'
import { systemHandlers } from './handlers/system.ts'
import { readQuery } from './read-input.ts'

/** Does not compile unless every operation has a handler. */
const handlers: Readonly<Record<OperationName, Handler>> = {
  ...sessionHandlers,
  ...projectHandlers,
  ...buildHandlers,
  ...liveHandlers,
  ...imageHandlers,
  ...systemHandlers,
}

/** For operations without parameters: an ignored parameter would be an unnoticed mistake. */
const NO_QUERY = v.strictObject({})

export function apiRoutes(context: AppContext): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  for (const [name, operation] of Object.entries(operations) as [OperationName, Operation][]) {
    const path = operation.path.replace(/\{(\w+)\}/g, ':$1')
    const method = operation.method.toUpperCase()
    if (operation.scope !== undefined) routes.on(method, path, requireScope(context, operation.scope))
    routes.on(method, path, (c) => {
      readQuery(c, operation.query ?? NO_QUERY)
      return handlers[name](c, context)
    })
  }
  let document: Promise<object> | undefined
  routes.get('/openapi.json', async (c) => {
    document ??= openApiDocument(context.version)
    return c.json(await document)
  })
  return routes
}
