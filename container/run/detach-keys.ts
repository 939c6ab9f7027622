import { ContainerError } from '../contract/errors.ts'

const DEFAULT = 'ctrl-p,ctrl-q'
const DELETE = 127
const CONTROL_SIGNS: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 }

/**
 * Parses docker's syntax: single characters, `DEL` and `ctrl-<a small letter or @[\]^_>`, separated by commas.
 * SPEC: moby/term, ToBytes.
 */
export function parseDetachKeys(text = ''): Buffer {
  const keys = text === '' ? DEFAULT : text
  return Buffer.from(keys.split(',').map((key) => keyCode(key, keys)))
}

/** Filters typed input and returns what to pass on; calls `onDetach` when the sequence is complete. */
export function createDetachFilter(keys: Buffer, onDetach: () => void): (typed: Buffer) => Buffer {
  let matched = 0
  return (typed) => {
    const passed: number[] = []
    for (const byte of typed) {
      if (byte === keys[matched]) {
        matched += 1
        if (matched < keys.length) continue
        matched = 0
        onDetach()
        break
      }
      // SPEC: moby/term, NewEscapeProxy: the byte that ends a prefix does not begin another one.
      passed.push(...keys.subarray(0, matched), byte)
      matched = 0
    }
    return Buffer.from(passed)
  }
}

function keyCode(key: string, text: string): number {
  if (key.length === 1 && key <= '\u007f') return key.charCodeAt(0)
  if (key === 'DEL') return DELETE
  const control = /^ctrl-(.)$/.exec(key)?.[1]
  if (control !== undefined && control >= 'a' && control <= 'z') return control.charCodeAt(0) - 96
  const code = control === undefined ? undefined : CONTROL_SIGNS[control]
  if (code !== undefined) return code
  throw new ContainerError('CONTAINER_BAD_OPTION', `Cannot use detach keys "${text}": "${key}" is not a key`, {
    hint: 'Use a form such as ctrl-p,ctrl-q',
  })
}
