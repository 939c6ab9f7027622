import { hasCode } from '../../layer-store/index.ts'

/**
 * Waits until both ends of a stream have ended, well or not, so that nothing runs on behind the caller's back; then
 * fails with the first failure; that the other stream closed is a consequence.
 */
export async function bothEnded(one: Promise<void>, other: Promise<void>): Promise<void> {
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
