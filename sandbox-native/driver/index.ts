/** The only door of the sandbox: `openNative()` finds the binary and chooses the mode. */
export { SandboxError } from './errors.ts'
export { findBinary } from './find-binary.ts'
export { type OpenNativeOptions, openNative, openNativeByProbing } from './open-native.ts'
export type * from './protocol.ts'
export type * from './sandbox.ts'
