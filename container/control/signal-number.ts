import { findSignal } from '../../notation/index.ts'
import { ContainerError } from '../contract/errors.ts'

/** Parses `KILL`, `SIGTERM`, `9`, `SIGRTMIN+3`. Throws CONTAINER_BAD_OPTION. */
export function signalNumber(text: string): number {
  const number = findSignal(text)
  if (number !== undefined) return number
  throw new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot send signal "${text}": no such signal (expected a name or 1 to 64)`,
    {
      exitCode: 1,
    },
  )
}
