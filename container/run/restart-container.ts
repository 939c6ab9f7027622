import type { StopRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { stopContainer } from '../control/stop-container.ts'
import { emitEvent } from '../state/emit-event.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { startContainer } from './start-container.ts'

export async function restartContainer(
  context: ContainerContext,
  stored: StoredContainer,
  request: StopRequest & { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await stopContainer(context, stored, request)
  await startContainer(context, stored, { signal: request.signal })
  emitEvent(context, stored, { action: 'restart' })
}
