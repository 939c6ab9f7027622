import { ExpandFailure } from './expand-failure.ts'

const MAX_CHARACTERS = 4 * 1024 * 1024
const MAX_STEPS = 16 * 1024 * 1024

/**
 * Limits for one word. SECURITY: a variable that contains itself twice doubles with every line, nested replacements
 * multiply, and a pattern that matches nowhere is tried everywhere.
 */
export class ExpandLimits {
  #characters = 0
  #steps = 0

  /** Call before characters are added to the word. */
  addCharacters(count: number): void {
    this.#characters += count
    if (this.#characters > MAX_CHARACTERS)
      throw new ExpandFailure({ message: 'variables make it too long', needed: 'at most 4 MiB' })
  }

  /** Call before this many states of a pattern are compared with a character. */
  addSteps(count: number): void {
    this.#steps += count
    if (this.#steps > MAX_STEPS)
      throw new ExpandFailure({ message: 'matching its pattern takes too long', needed: 'fewer wildcards' })
  }
}
