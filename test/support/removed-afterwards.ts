/** Registers clean-up for test helpers. It outlives a test file: a worker loads a module once for all files. */
const afterTest: (() => Promise<void>)[] = []
const afterFile: (() => Promise<void>)[] = []

/** Runs after the current test or, from a `beforeAll`, after the first one. */
export function removeAfterTest(remove: () => Promise<void>): void {
  afterTest.push(remove)
}

export function removeAfterFile(remove: () => Promise<void>): void {
  afterFile.push(remove)
}

export async function endTest(): Promise<void> {
  for (const remove of afterTest.splice(0)) await remove()
}

export async function endFile(): Promise<void> {
  for (const remove of afterFile.splice(0)) await remove()
}
