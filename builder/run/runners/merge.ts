import { settleAll } from '../../../layer-store/index.ts'
import { chainRunner } from './chain-runner.ts'
import { chainOf } from './step-value.ts'

/** Stacks the layers of the inputs. */
export const mergeRunner = chainRunner(async (inputs) => (await settleAll(inputs.map(chainOf))).flat())
