import { plainText } from '../../log/plain-text.ts'
import { linesOf } from './config-lines.ts'

/** The `config` of the image configuration, without empty properties. */
export function ImageConfig({ config }: { readonly config: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(config).filter(([, value]) => linesOf(value).length > 0)
  return (
    <section>
      <h2>Configuration</h2>
      {entries.length === 0 && <p class="quiet-text">The image sets no command, user or environment</p>}
      <dl class="fact-table">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {linesOf(value).map((line, index) => (
                <code key={index} class="config-line">
                  {plainText(line)}
                </code>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
