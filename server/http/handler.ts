import type { Context } from 'hono'
import type { AppContext, AppEnv } from './app-context.ts'

export type Handler = (c: Context<AppEnv>, context: AppContext) => Promise<Response>
