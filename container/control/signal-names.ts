import { constants } from 'node:os'
import { ContainerError } from '../contract/errors.ts'

const NUMBERS: Readonly<Record<string, number>> = constants.signals

/** `KILL`, `SIGTERM`, `9`, `SIGRTMIN+3`. Throws CONTAINER_BAD_OPTION. */
export function signalNumber(text: string): number {
  const name = text.toUpperCase().replace(/^SIG/, '')
  if (/^\d+$/.test(name) && Number(name) >= 1 && Number(name) <= 64) return Number(name)
  const realTime = /^RTMIN(?:\+(\d+))?$/.exec(name)
  if (realTime !== null && Number(realTime[1] ?? 0) <= 30) return 34 + Number(realTime[1] ?? 0)
  const number = Object.hasOwn(NUMBERS, `SIG${name}`) ? NUMBERS[`SIG${name}`] : undefined
  if (number !== undefined) return number
  throw new ContainerError('CONTAINER_BAD_OPTION', `Cannot send signal "${text}": no such signal (a name or 1 to 64)`, {
    exitCode: 1,
  })
}
