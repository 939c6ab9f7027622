import { ContainerError } from './errors.ts'
import type { RestartPolicy } from './run-spec.ts'

/** `--restart`: `no`, `always`, `unless-stopped`, `on-failure[:retries]`; 0 retries are any number, as with docker. */
export function parseRestartFlag(text: string): RestartPolicy {
  const [, name = '', retries] = /^([a-z-]+)(?::(\d+))?$/.exec(text) ?? []
  if (name === 'on-failure') return Number(retries ?? 0) === 0 ? { name } : { name, maximumRetries: Number(retries) }
  if (retries === undefined && (name === 'no' || name === 'always' || name === 'unless-stopped')) return { name }
  throw new ContainerError('CONTAINER_BAD_OPTION', `Cannot use restart policy "${text}": no such policy`, {
    hint: 'Known are no, always, unless-stopped and on-failure[:retries]',
  })
}
