import { createHmac } from 'node:crypto'
import type { Build } from '../api/index.ts'

export interface SignedRequest {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** SPEC: standardwebhooks.com: the receiver can verify the sender, the time, and that it is not a replay. */
export function notificationRequest(
  build: Build,
  {
    secret,
    targetUrl,
    nowMs,
  }: { readonly secret: string | undefined; readonly targetUrl: string | undefined; readonly nowMs: number },
): SignedRequest {
  const body = JSON.stringify({ type: `build.${build.state}`, build, ...(targetUrl && { url: targetUrl }) })
  const id = `build-${build.id}-${build.state}` // the same at each try
  const timestamp = String(Math.floor(nowMs / 1000))
  const key = secret?.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret
  const signature = key && `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  return {
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(signature && { 'webhook-signature': signature }),
    },
  }
}
