import { openNative } from '../sandbox-native/driver/index.ts'

/** Whether an open file of the caller is now locked: until the caller closes it, or exits for any reason. */
export async function lockDescriptor(descriptor: number, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { locked } = await openNative({ env }).trees.lock(descriptor, { mode: 'exclusive', tryOnly: true })
  return locked
}
