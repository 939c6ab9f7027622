/** The package's door: `import { createBuilder } from 'tsbuild'`. */
export type * from './builder.ts'
export type * from './engine.ts'
export type * from './graph/build-plan.ts'
export type * from './graph/operation.ts'
// openEngine(options?: EngineOptions): Promise<Engine>          create-builder.ts, the one composition root
// createBuilder(options?: EngineOptions): Promise<Builder & { close(): Promise<void> }>
export { cleanText } from './report/clean-text.ts'
export { createReport } from './report/create-report.ts'
export { humanSize } from './report/human-size.ts'
export { renderError } from './report/render-error.ts'
export type * from './report/report.ts'
