import { ExpandFailure } from './expand-failure.ts'

const MAX_CHARACTERS = 4 * 1024 * 1024
const MAX_STEPS = 16 * 1024 * 1024

/**
 * What one word may cost. SECURITY: a variable that holds itself twice doubles with every line, replacements within
 * replacements multiply, and a pattern that matches nowhere is tried everywhere.
 */
export class ExpandLimits {
  #characters = 0
  #steps = 0

  /** Before characters are put into the word. */
  addCharacters(count: number): void {
    this.#characters += count
    if (this.#characters > MAX_CHARACTERS)
      throw new ExpandFailure({ message: 'variables make it too long', needed: 'at most 4 MiB' })
  }

  /** Before as many states of a pattern are compared with a character. */
  addSteps(count: number): void {
    this.#steps += count
    if (this.#steps > MAX_STEPS)
      throw new ExpandFailure({ message: 'its pattern takes too long to find', needed: 'fewer wildcards' })
  }
}
