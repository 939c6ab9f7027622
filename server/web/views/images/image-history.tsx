import type { PlatformImage } from '../../../api/index.ts'
import { plainText } from '../../log/plain-text.ts'

export function ImageHistory({ history }: { readonly history: PlatformImage['history'] }) {
  return (
    <section>
      <h2>History</h2>
      <ol class="history">
        {history.map(({ created_by, comment, empty_layer }, index) => (
          <li key={index}>
            <code class="wrap">{plainText(created_by || 'unknown instruction')}</code>
            {empty_layer && <span class="badge quiet">no layer</span>}
            {comment !== undefined && comment !== '' && <span class="quiet-text wrap">{plainText(comment)}</span>}
          </li>
        ))}
      </ol>
    </section>
  )
}
