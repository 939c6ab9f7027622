import type { OutputRequest } from '../build-tools.ts'
import type { Engine } from '../engine.ts'
import { BuildError } from '../errors.ts'

/** Writes one output of a build; the digest of the manifest where there is one. */
export async function writeOutput(
  parts: Pick<Engine, 'store' | 'native' | 'registry'>,
  request: OutputRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  void parts
  void signal
  throw new BuildError('BUILD_NOT_SUPPORTED', `Cannot write output "${request.output.type}": not supported`)
}
