import type { BuildFailure } from '../../../api/index.ts'
import { plainText } from '../../log/plain-text.ts'
import { formatDuration } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { useNow } from '../../parts/use-now.ts'

interface BuildFailureProps {
  readonly failure: BuildFailure
  /** When the next attempt starts. */
  readonly retryAt: string | undefined
}

export function BuildFailureNotice({ failure, retryAt }: BuildFailureProps) {
  const { code, message, hint, excerpt } = failure
  const isOver = retryAt === undefined
  return (
    <section
      class={`notice ${isOver ? 'bad' : 'warn'} build-failure`}
      aria-label={isOver ? 'Why the build failed' : 'Why the build is waiting'}
    >
      <Icon name="cross" />
      <div>
        {retryAt !== undefined && <RetryTime retryAt={retryAt} />}
        <p class="strong wrap">{plainText(message)}</p>
        {excerpt !== undefined && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
          <pre tabIndex={0}>{excerpt.split('\n').map(plainText).join('\n')}</pre>
        )}
        {hint !== undefined && <p class="wrap">{plainText(hint)}</p>}
        <p class="quiet-text">{plainText(code)}</p>
      </div>
    </section>
  )
}

function RetryTime({ retryAt }: { readonly retryAt: string }) {
  const waitMs = Date.parse(retryAt) - useNow(1000)
  return (
    <p>
      The last attempt failed.{' '}
      {waitMs > 0 ? `The next one starts in ${formatDuration(waitMs)}.` : 'The next one starts soon.'}
    </p>
  )
}
