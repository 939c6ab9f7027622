/** The contract between the server, its page and its clients. Pure: schemas and types, nothing that runs a server. */
export type * from './live-events.ts'
export { type Operation, type OperationName, operations } from './operations.ts'
export * from './schemas/build.ts'
export * from './schemas/common.ts'
export * from './schemas/image.ts'
export * from './schemas/log.ts'
export * from './schemas/project.ts'
export * from './schemas/system.ts'
