import type { Selection } from '../../../../sandbox-native/driver/index.ts'
import type { ExecMount } from '../../../plan/graph/operation.ts'
import { mountedSelection } from './bind-mount.ts'
import { initialSelection } from './cache-directory.ts'

/** The files of an input that a mount shows, or that a cache starts with. */
export function readByMount(mount: ExecMount): { readonly input: number; readonly selection: Selection } | undefined {
  if (mount.type === 'bind') return { input: mount.input, selection: mountedSelection(mount.source) }
  if (mount.type !== 'cache' || mount.input === undefined) return undefined
  return { input: mount.input, selection: initialSelection(mount) }
}
