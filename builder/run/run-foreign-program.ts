import { hostPlatform, parsePlatform } from '../../image-spec/index.ts'
import type { BuildTools } from './build-tools.ts'
import { smallestProgram } from './foreign-programs.ts'

const PROGRAM_PATH = '/program'

/**
 * Whether commands for the platform can be run here, by the processor or by an emulator: a small one is, where steps
 * are, in an empty root. An emulator that is not open already (binfmt_misc flag F) is not found there, as in a step.
 * Architectures that no program is known for are given the benefit of the doubt.
 */
export async function canRun(
  { store, native }: Pick<BuildTools, 'store' | 'native'>,
  platform: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { os, architecture } = parsePlatform(platform, hostPlatform()) ?? hostPlatform()
  if (os !== 'linux') return false
  const program = smallestProgram(architecture)
  if (program === undefined) return true
  const draft = await store.layers.draft()
  try {
    const { exitCode } = await native.sandbox.run(
      {
        rootfs: { tree: draft.tree },
        mounts: [
          {
            kind: 'file',
            target: PROGRAM_PATH,
            contentBase64: program.toString('base64'),
            mode: 0o755,
            uid: 0,
            gid: 0,
          },
        ],
        process: { argv: [PROGRAM_PATH], env: [], cwd: '/', user: '' },
        hostname: 'probe',
        network: { kind: 'none' },
      },
      { output: () => {}, onWarning: () => {} },
      signal,
    )
    return exitCode === 0
  } finally {
    await store.layers.abandon(draft)
  }
}
