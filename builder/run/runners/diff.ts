import { settleAll } from '../../../layer-store/index.ts'
import { BuildError } from '../../request/errors.ts'
import { chainRunner } from './chain-runner.ts'
import { chainOf } from './step-value.ts'

/** The layers that the second input has in addition to the first. */
export const diffRunner = chainRunner(async (inputs) => {
  const [lower = [], upper = []] = await settleAll([chainOf(inputs[0]), chainOf(inputs[1])])
  if (lower.some((layer, position) => upper[position] !== layer)) {
    throw new BuildError('BUILD_NOT_SUPPORTED', 'Cannot compare two filesystems: neither is based on the other')
  }
  return upper.slice(lower.length)
})
