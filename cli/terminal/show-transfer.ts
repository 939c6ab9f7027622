import { createReport } from '../../builder/index.ts'
import { inertTarget } from '../ci/inert-text.ts'
import type { Io } from '../command.ts'

export interface Transfer {
  readonly action: 'pulling' | 'pushing' | 'saving' | 'copying'
  /** Name of the image. */
  readonly name: string
  readonly quiet: boolean
  readonly io: Io
  readonly signal: AbortSignal
}

const HEADS = { pulling: 'Pulling', pushing: 'Pushing', saving: 'Saving', copying: 'Copying' } as const

type Progress = (id: string, doneBytes: number, totalBytes: number | undefined) => void

/** Shows a transfer on stderr while it runs, in the format of build steps. */
export async function showTransfer<T>(
  { action, name, quiet, io, signal }: Transfer,
  work: (onProgress: Progress) => Promise<T>,
): Promise<T> {
  const report = await createReport({
    mode: quiet ? 'quiet' : 'auto',
    target: inertTarget(io),
    env: io.env,
    verb: HEADS[action],
  })
  const step = 'transfer'
  const atMs = () => Date.now()
  report.event({ kind: 'planned', steps: [{ id: step, name: `${action} ${name}`, inputs: [] }], atMs: atMs() })
  report.event({ kind: 'step-started', step, atMs: atMs() })
  try {
    const result = await work((id, doneBytes, totalBytes) => {
      const total = { ...(totalBytes !== undefined && { totalBytes }) }
      report.event({ kind: 'step-progress', step, id, doneBytes, ...total, atMs: atMs() })
    })
    report.event({ kind: 'step-done', step, atMs: atMs() })
    return result
  } catch (error) {
    // The command prints the message, as the only step has failed.
    if (!signal.aborted) report.event({ kind: 'step-failed', step, message: '', atMs: atMs() })
    throw error
  } finally {
    report.end()
  }
}
