import { hostPlatform, parsePlatform } from '../../image-spec/index.ts'
import { SandboxError } from '../../sandbox-native/driver/index.ts'
import type { BuildTools } from './build-tools.ts'
import { smallestProgram } from './foreign-programs.ts'
import { runInCopy } from './runners/command/run-in-copy.ts'

const PROGRAM_PATH = '/program'

/**
 * Whether this machine can run commands of the platform, natively or with an emulator: runs a tiny program in an empty
 * root, as steps run. An emulator that is not preloaded (binfmt_misc flag F) is not found there, as in a step.
 * Architectures without a known program are assumed to work, as are cases in which commands are refused anyway.
 */
export async function canRun(
  { store, native }: Pick<BuildTools, 'store' | 'native'>,
  platform: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { os, architecture } = parsePlatform(platform, hostPlatform()) ?? hostPlatform()
  if (os !== 'linux') return false
  const program = smallestProgram(architecture)
  if (program === undefined || native.isolation === 'none') return true
  const draft = await store.layers.draft()
  try {
    const file = { kind: 'file', target: PROGRAM_PATH, mode: 0o755, uid: 0, gid: 0 } as const
    const request = {
      mounts: [{ ...file, contentBase64: program.toString('base64') }],
      process: { argv: [PROGRAM_PATH], env: [], cwd: '/', user: '' },
      hostname: 'probe',
      network: { kind: 'host' },
    } as const
    const io = { output: () => {}, onWarning: () => {} }
    return (await runInCopy(draft, request, { native, io, signal })).exitCode === 0
  } catch (error) {
    if (error instanceof SandboxError && error.code === 'SANDBOX_COMMAND_REFUSED') return false
    throw error
  } finally {
    await store.layers.abandon(draft)
  }
}
