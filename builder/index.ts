/** The package's door: `import { createBuilder } from 'tsbuild'`. */
export type * from './builder.ts'
export type * from './graph/operation.ts'
// createBuilder(options?: BuilderOptions): Promise<Builder>     create-builder.ts, the one composition root
