import type { RequestedDigest } from '../context/build-contexts.ts'
import type { Operation } from '../plan/graph/operation.ts'
import type { Solvable } from '../solve/runner.ts'
import { readByMount } from './runners/command/read-by-mount.ts'
import { localName, selectionOf } from './runners/sources/selected-files.ts'

/** Everything that steps read from local contexts, so that a single pass over the files suffices. */
export function requestedDigests(nodes: readonly Solvable<Operation>[]): RequestedDigest[] {
  return nodes.flatMap((node) => {
    const { operation } = node
    if (operation.kind === 'file') {
      return operation.actions.flatMap((action): RequestedDigest[] => {
        const name = action.action === 'copy' ? localName(node, action.input) : undefined
        return name !== undefined && action.action === 'copy' ? [{ name, selection: selectionOf(action) }] : []
      })
    }
    if (operation.kind !== 'exec') return []
    return operation.mounts.flatMap((mount): RequestedDigest[] => {
      const read = readByMount(mount)
      const name = read && localName(node, read.input)
      return name !== undefined && read !== undefined ? [{ name, selection: read.selection }] : []
    })
  })
}
