import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with the line `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0
    let failed = unhandled.length
    for (const module of modules) {
      let failedHere = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else if (state === 'failed') failedHere += 1
      }
      // A file that could not be loaded, or whose hooks failed, counts as failed even without tests.
      failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere
    }
    process.on('exit', () => process.stdout.write(`\n${passed} passed, ${failed} failed\n`))
  }
}
