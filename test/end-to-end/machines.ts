import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

/** Machines that share a registry, which has the image `base`. */
export interface Machines {
  readonly registry: RunningRegistry
  /** The machine that pushed `base` and has it in its store. */
  readonly first: Tsbuild
  /** Another machine, with an empty store. */
  add(): Tsbuild
}

export async function startMachines(): Promise<Machines> {
  const registry = await startRegistry()
  const first = createTsbuild()
  await importBusybox(first)
  await first.ok('tag', 'busybox', `${registry.host}/base`)
  await first.ok('push', `${registry.host}/base`)
  return { registry, first, add: () => createTsbuild() }
}
