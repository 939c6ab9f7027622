import type { RestartPolicy } from '../../container/index.ts'
import { ContainerError } from '../../container/index.ts'

/** `--restart`: `no`, `always`, `unless-stopped`, `on-failure[:retries]`; as in docker, 0 retries means no limit. */
export function parseRestartFlag(text: string): RestartPolicy {
  const [name, retries] = text.split(/:(.*)/s, 2)
  if (name === '' && retries === undefined) return { name: 'no' }
  if (name === 'on-failure') {
    if (retries !== undefined && !/^\d{1,9}$/.test(retries))
      throw badPolicy(text, 'the number of retries is not an integer', 'CONTAINER_BAD_SYNTAX')
    return Number(retries ?? 0) === 0 ? { name } : { name, maximumRetries: Number(retries) }
  }
  if (name !== 'no' && name !== 'always' && name !== 'unless-stopped') throw badPolicy(text, 'unknown policy')
  if (retries !== undefined) throw badPolicy(text, `"${name}" does not take a number of retries`)
  return { name }
}

function badPolicy(
  text: string,
  found: string,
  code: 'CONTAINER_BAD_OPTION' | 'CONTAINER_BAD_SYNTAX' = 'CONTAINER_BAD_OPTION',
): ContainerError {
  return new ContainerError(code, `Cannot use restart policy "${text}": ${found}`, {
    hint: 'Use no, always, unless-stopped or on-failure[:retries]',
  })
}
