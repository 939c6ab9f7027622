import { type Descriptor, hexOf } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import type { TransferProgress } from './transfer.ts'

export type PushOutcome = Awaited<ReturnType<RegistryClient['pushBlob']>>

const WORDS = { existed: 'Existing ', mounted: 'Mounted ', uploaded: '' } as const

/** Completes the progress of a blob; one of which no bytes were sent is shown as such. */
export function showPushed(
  onProgress: TransferProgress | undefined,
  { digest, size }: Descriptor,
  outcome: PushOutcome,
): void {
  onProgress?.(`${WORDS[outcome]}${hexOf(digest).slice(0, 12)}`, size, size)
}
