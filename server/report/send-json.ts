const TIMEOUT_MS = 15_000

/** Rejects unless the other side took it; redirects are not followed, which could carry credentials elsewhere. */
export async function sendJson(
  url: string,
  {
    headers,
    body,
    doneStatuses = [],
  }: {
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly doneStatuses?: readonly number[]
  },
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'tsbuild', ...headers },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = (await response.text().catch(() => '')).slice(0, 300) // the status is enough without it
  if (response.ok || doneStatuses.includes(response.status)) return
  throw new Error(`${new URL(url).origin} answered ${response.status}: ${text}`)
}
