import { basename, resolve } from 'node:path'
import { type BuildEvent, type BuildResult, excerpt, readSecret } from '../../builder/index.ts'
import type { BuildOptions } from '../../engine/index.ts'
import { findImages } from '../../images/index.ts'
import type { BuildPage } from '../../server/index.ts'
import { isCiJob } from '../ci/ci-system.ts'
import type { Call } from '../command.ts'
import { CliError } from '../errors.ts'
import { pageDirectory } from '../server/page-directory.ts'
import { sshTunnel } from '../server/ssh-tunnel.ts'
import { storeWork } from '../server/store-work.ts'

declare const TSBUILD_VERSION: string

/** The page of one build, started from this terminal. */
export interface BuildUi {
  /** Signal of the build: aborted by Ctrl-C and by the page's button. */
  readonly signal: AbortSignal
  event(event: BuildEvent): void
  succeeded(result: BuildResult): void
  failed(error: unknown): void
  /** Resolves when the page has been read and closed, or on Ctrl-C. */
  stay(): Promise<void>
  close(): Promise<void>
}

/** Prints the page's URL and serves the page. Loaded only with `--ui`. */
export async function openBuildUi(
  request: BuildOptions,
  { io, interrupt, engine, positionals }: Pick<Call, 'io' | 'interrupt' | 'engine' | 'positionals'>,
): Promise<BuildUi> {
  const { openBuildPage, openPastBuilds, failureOf, readSource } = await import('../../server/index.ts')
  const opened = await engine()
  const { store } = opened
  const stop = new AbortController()
  const page = await openBuildPage({
    title: request.tags?.[0] ?? basename(resolve(io.cwd, positionals[0] ?? '.')),
    engine: opened,
    version: TSBUILD_VERSION,
    before: request.tags?.[0] === undefined ? [] : (await findImages(store, request.tags[0])).images,
    entrance: '/',
    past: openPastBuilds(store.root),
    isPushed: request.outputs?.some((output) => output.type === 'image' && output.push === true) === true,
    secrets: await secretValues(request, io.env),
    disk: storeWork(store.root, io.env),
    pageDirectory: needPage(),
    onCancel: () => stop.abort(new Error('The build was cancelled on its page')),
  })
  const source = await sourceOf(request, readSource)
  if (source !== undefined) page.source(source)
  io.stderr.write(`Build page: ${page.url}\n${sshTunnel(page.url, io.env)}`)
  let failedStep: string | undefined
  return {
    signal: AbortSignal.any([interrupt.signal, stop.signal]),
    event: (event) => {
      if (event.kind === 'step-failed') failedStep ??= event.step
      page.event(event)
    },
    succeeded: page.succeeded,
    failed: (error) => {
      const isStopped = stop.signal.aborted || interrupt.signal.aborted
      page.failed(failureOf(error, failedStep, excerpt).failure, isStopped ? 'cancelled' : 'failed')
    },
    stay: async () => {
      if (!isCiJob(io.env)) await stayOpen(page, { io, interrupt }) // a CI job has no reader to wait for
    },
    close: page.close,
  }
}

/** Waits until the page has been read and closed, or for Ctrl-C. */
export async function stayOpen(
  page: Pick<BuildPage, 'url' | 'read'>,
  { io, interrupt }: Pick<Call, 'io' | 'interrupt'>,
): Promise<void> {
  if (interrupt.signal.aborted) return
  const text = `The page is served until it is closed, or until Ctrl-C: ${page.url}\n`
  io.stderr.write(text + sshTunnel(page.url, io.env))
  const interrupted = new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve))
  await Promise.race([page.read, interrupted])
}

export function needPage(): string {
  const page = pageDirectory().pageDirectory
  if (page !== undefined) return page
  throw new CliError('CLI_NOT_FOUND', 'Cannot show the page: this installation has no page', {
    hint: 'Install the package tsbuild, or compile the page: npm run build',
  })
}

/** Secrets that cannot be read are omitted here: the step that uses one reports the error. */
async function secretValues({ secrets = {} }: BuildOptions, env: Call['io']['env']): Promise<readonly string[]> {
  const read = Object.keys(secrets).map((id) => readSecret(id, { secrets, env }).catch(() => undefined))
  return (await Promise.all(read)).flatMap((value) => value?.toString('utf8') ?? [])
}

type Source = { readonly name: string; readonly text: string } | undefined

/** For a context that is a directory; other contexts are fetched by the build. */
async function sourceOf(
  { context, dockerfile }: BuildOptions,
  read: (directory: string, dockerfile?: string) => Promise<Source>,
): Promise<Source> {
  if (dockerfile !== undefined && 'text' in dockerfile) return dockerfile
  return context.kind === 'directory' ? read(context.path, dockerfile?.path) : undefined
}
