import type { StoredContainer } from '../state/stored-container.ts'

/** What docker shows of the exposed ports: those of a running container with a private network. */
export function shownExposedPorts({ network, exposedPorts }: StoredContainer, isRunning: boolean): readonly string[] {
  return isRunning && network === 'private' ? exposedPorts : []
}
