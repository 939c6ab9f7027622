import { hasCode } from '../../errors/index.ts'

/**
 * Waits until both sides of a stream have settled, so that nothing continues in the background, then rejects with the
 * first failure that is not merely the closing of the other side.
 */
export async function settleBoth(one: Promise<void>, other: Promise<void>): Promise<void> {
  const failures: unknown[] = []
  const note = (error: unknown) => {
    failures.push(error)
  }
  await Promise.all([one.catch(note), other.catch(note)])
  if (failures.length > 0) throw failures.find((error) => !isPrematureClose(error)) ?? failures[0]
}

function isPrematureClose(error: unknown): boolean {
  return hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE')
}
