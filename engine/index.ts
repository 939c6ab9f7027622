/** The package's door: `import { openEngine } from 'tsbuild'`. Everything over one store; chooses the implementations. */
export type * from '../builder/index.ts'
export { BuildError, createReport, GRAPH_FORMATS, printGraph, renderError } from '../builder/index.ts'
export type * from './build-options.ts'
export type * from './engine.ts'
export type * from './images.ts'
export { createBuilder, openEngine } from './open-engine.ts'
export { resetStore, type StoreReset } from './reset-store.ts'
