import type { BuildRequest } from './builder.ts'

/** Nothing of the result is read on this machine: layers that are in a registry may stay there. */
export function onlyPushes({ outputs = [] }: Pick<BuildRequest, 'outputs'>): boolean {
  return outputs.length > 0 && outputs.every((output) => output.type === 'image' && output.push === true)
}
