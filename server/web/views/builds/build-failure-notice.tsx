import type { BuildFailure } from '../../../api/index.ts'
import { plainText } from '../../log/plain-text.ts'
import { Icon } from '../../parts/icons.tsx'

export function BuildFailureNotice({ failure }: { readonly failure: BuildFailure }) {
  const { code, message, hint, excerpt } = failure
  return (
    <section class="notice bad build-failure" aria-label="Why the build failed">
      <Icon name="cross" />
      <div>
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
