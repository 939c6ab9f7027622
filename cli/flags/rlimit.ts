import { didYouMean } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

const NAMES =
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' ')

/** `nofile=1024:2048`, `core=-1`. */
export function rlimit(text: string): { readonly name: string; readonly soft: number; readonly hard: number } {
  const match = /^([a-z]+)=(-?\d{1,15})(?::(-?\d{1,15}))?$/.exec(text)
  const [, name = '', soft = '', hard = soft] = match ?? []
  if (match === null)
    throw usageError(`Cannot read "--ulimit ${text}": not name=soft[:hard] (expected nofile=1024:2048)`)
  if (!NAMES.includes(name)) {
    throw usageError(
      `Cannot use "--ulimit ${text}": unknown limit "${name}" (expected ${NAMES.join(', ')})`,
      didYouMean(name, NAMES),
    )
  }
  const [low, high] = [Number(soft), Number(hard)]
  if (high >= 0 && (low < 0 || low > high))
    throw usageError(`Cannot use "--ulimit ${text}": the soft limit exceeds the hard limit`)
  return { name, soft: low, hard: high }
}
