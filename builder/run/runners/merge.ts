import { chainRunner } from './chain-runner.ts'
import { chainOf } from './step-value.ts'

/** Layers of the inputs over one another. */
export const mergeRunner = chainRunner(async (inputs) => (await Promise.all(inputs.map(chainOf))).flat())
