import { messageOf } from '../../errors/index.ts'
import { readSecret } from '../context/read-secret.ts'
import type { BuildEvent, BuildRequest } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import { secretScanOf } from '../request/secret-scan.ts'
import type { BuildTools } from '../run/build-tools.ts'
import type { FinishedImage } from './finish-image.ts'

interface Searched {
  readonly request: BuildRequest
  /** One per platform. */
  readonly images: readonly FinishedImage[]
  readonly emit: (event: BuildEvent) => void
}

/** Reports secrets in the images as warnings, or fails with BUILD_SECRET_FOUND. In warning mode it never fails. */
export async function searchSecrets(tools: BuildTools, searched: Searched, signal: AbortSignal): Promise<void> {
  const { request, emit } = searched
  const mode = secretScanOf(request)
  if (mode === 'off') return
  const warn = (message: string) =>
    emit({ kind: 'warning', warning: { code: 'SecretInImage', message }, atMs: Date.now() })
  try {
    const { lines, unread, cut } = await foundIn(tools, searched, signal)
    if (mode === 'error' && lines.length > 0) throw secretFound(lines)
    if (mode === 'error' && unread.length > 0) throw unsearched(unread.join('; '))
    for (const line of lines) warn(`A secret is in the image: ${line}`)
    for (const line of [...unread, ...cut]) warn(`Cannot search for secrets: ${line}`)
  } catch (error) {
    if (mode === 'error') throw error
    if (!signal.aborted) warn(`Cannot search for secrets: ${messageOf(error)}`)
  }
}

async function foundIn({ store, native, env }: BuildTools, { request, images }: Searched, signal: AbortSignal) {
  const { describeFindings, scanImage, secretValues } = await import('../../secret-scan/index.ts')
  const { secrets = {}, buildArgs = {} } = request
  const lines = new Set<string>()
  const unread = new Set<string>()
  const cut = new Set<string>()
  const readOrNote = (id: string) =>
    readSecret(id, { secrets, env }).catch((error: Error) => {
      unread.add(error.message)
      return undefined
    })
  const values = await secretValues({ secrets: Object.keys(secrets), readSecret: readOrNote, buildArgs, env })
  for (const image of images) {
    const report = await scanImage({ store, trees: native.trees }, { ...image, values }, signal)
    for (const line of describeFindings(report)) lines.add(line)
    for (const line of report.unread.slice(0, MAX_UNREAD)) unread.add(line)
    for (const line of report.cut.slice(0, MAX_UNREAD)) cut.add(line)
  }
  return { lines: [...lines], unread: [...unread], cut: [...cut] }
}

const MAX_UNREAD = 5

function secretFound(lines: readonly string[]): BuildError {
  return new BuildError('BUILD_SECRET_FOUND', `Cannot publish the image: ${lines.join('; ')}`, {
    hint: 'Use RUN --mount=type=secret for secrets, and exclude files that contain secrets with .dockerignore',
  })
}

function unsearched(why: string): BuildError {
  return new BuildError(
    'BUILD_SECRET_FOUND',
    `Cannot publish the image: it could not be searched for secrets: ${why}`,
    {
      hint: 'Use --scan-secrets=warn to publish it anyway',
    },
  )
}
