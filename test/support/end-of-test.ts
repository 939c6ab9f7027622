import { afterAll, afterEach } from 'vitest'
import { endFile, endTest } from './removed-afterwards.ts'

/** A setup file runs anew for every test file, so that its hooks hold for each; those of a shared module only for the first. */
afterEach(endTest)
afterAll(endFile)
