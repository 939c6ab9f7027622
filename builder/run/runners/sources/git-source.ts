import { withoutCredentials } from '../../../../notation/index.ts'
import { checkOutGit } from '../../../context/git-checkout.ts'
import type { SourceOperation } from '../../../plan/graph/operation.ts'
import { gitMaterial } from '../../../request/material.ts'
import { cacheKeyOf } from '../../../solve/cache-key.ts'
import type { RunResult } from '../../../solve/runner.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'

/** A checkout, identified by its commit; `.git` also contains where it was fetched from. */
export async function gitFiles(
  source: Extract<SourceOperation, { source: 'git' }>,
  context: StepContext,
): Promise<RunResult<StepValue>> {
  const { subdirectory, keepGitDirectory, submodules = true } = source
  const { store, options, signal } = context
  const { env, secrets, gitSsh: ssh } = options
  const checkout = await checkOutGit(source, { store, env, secrets, ssh }, signal)
  context.defer(checkout.close)
  return {
    identity: cacheKeyOf('identity', [
      'git',
      checkout.commit,
      subdirectory,
      keepGitDirectory ? `${withoutCredentials(source.url)} ${source.reference}` : '',
      String(submodules),
    ]),
    value: {
      kind: 'files',
      source: { kind: 'directory', root: checkout.root, ignore: [] },
      origin: gitMaterial(source.url, source.reference, checkout.commit),
    },
  }
}
