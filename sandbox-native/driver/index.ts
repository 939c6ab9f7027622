/** Client of the native binary: `openNative()` finds it and selects the mode. Knows no images or Dockerfiles. */
export { SandboxError } from './errors.ts'
export { findBinary } from './find-binary.ts'
export { cgroupLimits, type Limits } from './limits.ts'
export { type OpenNativeOptions, openNative, openNativeByProbing } from './open-native.ts'
export type * from './protocol.ts'
export type * from './sandbox.ts'
export { chooseUserRange, requireUserNamespaces } from './user-ranges.ts'
