import { allEnded } from '../../../layer-store/index.ts'
import { chainRunner } from './chain-runner.ts'
import { chainOf } from './step-value.ts'

/** Layers of the inputs over one another. */
export const mergeRunner = chainRunner(async (inputs) => (await allEnded(inputs.map(chainOf))).flat())
