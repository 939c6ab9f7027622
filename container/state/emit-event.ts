import { randomBytes } from 'node:crypto'
import { eventsFolder } from '../../layer-store/index.ts'
import type { EventLog } from '../../sandbox-native/driver/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import type { StoredContainer } from './stored-container.ts'

const MAX_COMMAND = 1000

/** Appends to the store's event log. Supervisors report start, kill, oom, die and health themselves. */
export function emitEvent(
  context: ContainerContext,
  stored: Pick<StoredContainer, 'id' | 'name' | 'image' | 'labels'>,
  event: { readonly action: string; readonly details?: Readonly<Record<string, string>> },
): void {
  const attributes = { ...attributesOf(stored), ...event.details }
  context.store.events.append({ type: 'container', action: event.action, id: stored.id, attributes })
}

/** For a process of the native binary that emits events itself. */
export function eventLogOf(root: string, stored: StoredContainer): EventLog {
  return { directory: eventsFolder(root), id: stored.id, attributes: attributesOf(stored) }
}

/** Attributes of every event of the container. */
export function attributesOf(
  stored: Pick<StoredContainer, 'name' | 'image' | 'labels'>,
): Readonly<Record<string, string>> {
  return { ...stored.labels, image: stored.image, name: stored.name }
}

/** Emits the creation and start of an exec command. The caller emits its end. */
export function emitExecEvents(context: ContainerContext, stored: StoredContainer, argv: readonly string[]): string {
  const execID = randomBytes(32).toString('hex')
  const [program = '', ...rest] = argv
  const command = `${program} ${rest.join(' ')}`.slice(0, MAX_COMMAND)
  emitEvent(context, stored, { action: `exec_create: ${command}`, details: { execID } })
  emitEvent(context, stored, { action: `exec_start: ${command}`, details: { execID } })
  return execID
}
