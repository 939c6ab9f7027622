import { steadySize } from '../../notation/index.ts'
import type { Transfer } from './step-board.ts'

/** `3f2a1b4c5d6e 12.30MB / 29.10MB`; only the name while the sizes are unknown. */
export function transferText(id: string, { doneBytes, totalBytes }: Transfer): string {
  if (totalBytes !== undefined) return `${id} ${steadySize(doneBytes)} / ${steadySize(totalBytes)}`
  return doneBytes === 0 ? id : `${id} ${steadySize(doneBytes)}`
}

export function isComplete({ doneBytes, totalBytes }: Transfer): boolean {
  return doneBytes === totalBytes
}
