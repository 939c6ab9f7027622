import { afterAll, afterEach } from 'vitest'
import { endFile, endTest } from './removed-afterwards.ts'

/**
 * A setup file runs for every test file, so its hooks apply to each; hooks of a shared module apply only to the first.
 */
afterEach(endTest)
afterAll(endFile)
