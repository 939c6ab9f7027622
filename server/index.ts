/** The only door of the build server. */
export * from './api/index.ts'
export { openApiDocument } from './api/openapi.ts'
