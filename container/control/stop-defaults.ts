import { findSignal } from '../../notation/index.ts'
import type { StoredContainer } from '../state/stored-container.ts'

const SIGTERM = 15

/** SPEC: moby container.StopSignal: an image's signal that does not exist counts as none. */
export function stopSignalOf({ stopSignal }: Pick<StoredContainer, 'stopSignal'>): number {
  return findSignal(stopSignal ?? '') ?? SIGTERM
}

/** Used if the container does not specify it. */
export const DEFAULT_STOP_TIMEOUT_SECONDS = 10
