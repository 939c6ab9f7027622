/** Registers clean-up for test helpers. It outlives a test file: a worker loads a module once for all files. */
const afterTest: Removal[] = []
const afterFile: Removal[] = []

type Removal = () => void | Promise<void>

/** Runs after the current test or, from a `beforeAll`, after the first one. Returns what runs it earlier, once. */
export function removeAfterTest<Result extends void | Promise<void>>(remove: () => Result): () => Result {
  return register(afterTest, remove)
}

/** Runs after the tests and hooks of the file. Returns what runs it earlier, once. */
export function removeAfterFile<Result extends void | Promise<void>>(remove: () => Result): () => Result {
  return register(afterFile, remove)
}

export const endTest = () => removeAll(afterTest)
export const endFile = () => removeAll(afterFile)

function register<Result extends void | Promise<void>>(removals: Removal[], remove: () => Result): () => Result {
  let run: { readonly result: Result } | undefined
  const once = (): Result => {
    run ??= { result: remove() }
    return run.result
  }
  removals.push(once)
  return once
}

/** Newest first: what was created later can use what was created before. A failure does not keep the others. */
async function removeAll(removals: Removal[]): Promise<void> {
  const failures: unknown[] = []
  for (const remove of removals.splice(0).reverse()) {
    try {
      await remove()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 1) throw new AggregateError(failures)
  if (failures.length === 1) throw failures[0]
}
