import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import * as v from 'valibot'
import { ServerError } from '../errors.ts'
import type { GuardedHttp } from './guarded-http.ts'
import type { LfsApi } from './lfs-server.ts'
import type { Pointer } from './pointers.ts'
import { CheckoutRefused } from './run-git.ts'

export interface Transfer {
  readonly http: GuardedHttp
  readonly server: LfsApi
  /** Where git-lfs stores objects. */
  readonly objects: string
  /** Git's login, for the server of the repository. */
  readonly login: LfsLogin | undefined
  readonly onOutput: ((text: string) => void) | undefined
}

export interface LfsLogin {
  readonly origin: string
  readonly authorization: string
}

const Action = v.object({ href: v.pipe(v.string(), v.url()), header: v.optional(v.record(v.string(), v.string()), {}) })
const Batch = v.object({
  objects: v.array(
    v.object({
      oid: v.string(),
      actions: v.optional(v.object({ download: v.optional(Action) })),
      error: v.optional(v.object({ message: v.optional(v.string(), '') })),
    }),
  ),
})

const TYPE = 'application/vnd.git-lfs+json'
const BATCH_SIZE = 100
const AT_ONCE = 4
const MAX_ANSWER_BYTES = 16 << 20

/** SPEC: git-lfs, docs/api/batch.md and basic-transfers.md. Existing objects are not fetched again. */
export async function downloadObjects(pointers: readonly Pointer[], transfer: Transfer): Promise<void> {
  const missing: Pointer[] = []
  for (const pointer of pointers) if (!(await isPresent(pointer, transfer))) missing.push(pointer)
  const bytes = missing.reduce((sum, { size }) => sum + size, 0)
  if (missing.length > 0) transfer.onOutput?.(`Fetching ${missing.length} LFS objects, ${bytes} bytes\n`)
  for (let start = 0; start < missing.length; start += BATCH_SIZE) {
    const batch = missing.slice(start, start + BATCH_SIZE)
    const actions = await requestActions(batch, transfer)
    const left = batch.values()
    const worker = async (): Promise<void> => {
      for (const pointer of left) await download(pointer, actions.get(pointer.oid), transfer)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }
}

async function isPresent({ oid, size }: Pointer, { objects }: Transfer): Promise<boolean> {
  const path = objectPath(objects, oid)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile() || found.size !== size) return false
  await utimes(path, new Date(), new Date()) // keeps it when the cache is pruned
  return true
}

type DownloadAction = v.InferOutput<typeof Action>

async function requestActions(
  batch: readonly Pointer[],
  transfer: Transfer,
): Promise<ReadonlyMap<string, DownloadAction>> {
  const { http, server } = transfer
  const url = new URL(`${server.url.href.replace(/\/*$/, '')}/objects/batch`)
  const objects = batch.map(({ oid, size }) => ({ oid, size }))
  const body = JSON.stringify({ operation: 'download', transfers: ['basic'], hash_algo: 'sha256', objects })
  const headers = { accept: TYPE, 'content-type': TYPE, ...loginFor(url, server.headers, transfer), ...server.headers }
  const response = await http.fetch(url, { method: 'POST', headers, body })
  if (response.status !== 200) throw await failed(url, response)
  const found = v.safeParse(Batch, parseJson(await text(limited(response.body))))
  if (!found.success) throw refused(url, 'not a response of the LFS API')
  const failure = found.output.objects.find(({ error }) => error !== undefined)
  if (failure !== undefined) {
    const path = batch.find(({ oid }) => oid === failure.oid)?.path
    throw refused(url, `${shownObject({ oid: failure.oid, path })}: ${failure.error?.message}`)
  }
  return new Map(
    found.output.objects.flatMap(({ oid, actions }) => (actions?.download ? [[oid, actions.download]] : [])),
  )
}

async function download(pointer: Pointer, action: DownloadAction | undefined, transfer: Transfer): Promise<void> {
  const { oid, size } = pointer
  const shown = shownObject(pointer)
  if (action === undefined) throw refused(transfer.server.url, `${shown} does not exist`)
  const url = new URL(action.href)
  if (!/^https?:$/.test(url.protocol))
    throw refused(transfer.server.url, 'it names an address that is not http or https')
  const headers = { ...loginFor(url, action.header, transfer), ...action.header }
  const response = await transfer.http.fetch(url, { method: 'GET', headers })
  if (response.status !== 200) throw await failed(url, response)
  const path = objectPath(transfer.objects, oid)
  const temporary = join(transfer.objects, `${randomUUID()}.partial`)
  await mkdir(join(path, '..'), { recursive: true })
  const hash = createHash('sha256')
  let length = 0
  try {
    await pipeline(
      response.body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          length += chunk.length
          if (length > size) throw refused(url, `${shown} is longer than ${size} bytes`)
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(temporary, { flags: 'wx', mode: 0o600 }),
    )
    if (length !== size || hash.digest('hex') !== oid) throw refused(url, `${shown} does not match its ID`)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** SECURITY: git's login is used only for the server of the repository, and only if the response specifies none. */
function loginFor(url: URL, headers: Readonly<Record<string, string>>, { login }: Transfer) {
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  return login === undefined || hasOwn || url.origin !== login.origin ? {} : { authorization: login.authorization }
}

function shownObject({ oid, path }: { readonly oid: string; readonly path: string | undefined }): string {
  return path === undefined ? `object ${oid}` : `object ${oid} of "${path}"`
}

function objectPath(objects: string, oid: string): string {
  return join(objects, oid.slice(0, 2), oid.slice(2, 4), oid)
}

async function* limited(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) break // the truncated text is not valid JSON
    yield chunk
  }
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** Final errors, which a retry cannot fix. */
async function failed(url: URL, { status, body }: { readonly status: number; readonly body: AsyncIterable<Buffer> }) {
  await text(limited(body)).catch(() => undefined)
  if (status === 401 || status === 403) return refused(url, `access denied (${status})`)
  if (status < 500 && status !== 429) return refused(url, `status ${status}`)
  const message = `Cannot fetch Git LFS files from "${url.host}": status ${status}`
  return new ServerError('SERVER_CHECKOUT_FAILED', message, { hint: 'Try again later' })
}

function refused(url: URL, reason: string): CheckoutRefused {
  return new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot fetch Git LFS files from "${url.host}": ${reason}`, {
    hint: 'Check that the LFS files are pushed and that the secret git-token or git-ssh-key may read them',
  })
}
