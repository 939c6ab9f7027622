/** The package's entry point, `import { openEngine } from 'tsbuild'`: chooses implementations and opens them over one store. Contains no logic. */
export type * from '../builder/index.ts'
export { BuildError, createReport, GRAPH_FORMATS, printGraph, renderError } from '../builder/index.ts'
export type * from './build-options.ts'
export type * from './engine.ts'
export type * from './images.ts'
export { createBuilder, openEngine } from './open-engine.ts'
export { checkBinary, type MachineProbe, probeMachine } from './probe-machine.ts'
export { resetStore, type StoreReset } from './reset-store.ts'
