/** The only door of the sandbox: `openNative()` finds the binary, checks its version and chooses the mode. */
export type * from './protocol.ts'
export { PROTOCOL_VERSION } from './protocol.ts'
export type * from './sandbox.ts'
// openNative(options?): Native          SandboxError           findBinary(env)
