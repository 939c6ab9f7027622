import type { Build, BuildOutcome } from '../../../api/index.ts'
import type { BuildView } from '../../api/live-build.ts'
import { plainText } from '../../log/plain-text.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { FactTable } from '../../parts/fact-table.tsx'
import { formatTime } from '../../parts/format.ts'

/** The recorded facts of a build, and its sources. */
export function BuildDetails({ view: { build, dockerfile } }: { readonly view: BuildView }) {
  const { result } = build
  return (
    <>
      <BuildFacts build={build} />
      {result && result.pushed.length > 0 && <PushedImages pushed={result.pushed} />}
      {result && build.trigger.kind !== 'terminal' && (
        <p>
          <a href={`/api/v1/builds/${build.id}/provenance`} download={`${build.project}-${build.id}.provenance.json`}>
            Download provenance (SLSA)
          </a>
        </p>
      )}
      {dockerfile && (
        <section>
          <h2>{plainText(dockerfile.name)}</h2>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
          <pre class="source-file" tabIndex={0}>
            {dockerfile.text.split(/\r?\n/).map(plainText).join('\n')}
          </pre>
        </section>
      )}
    </>
  )
}

function BuildFacts({ build }: { readonly build: Build }) {
  const { result } = build
  return (
    <FactTable
      facts={[
        ['Ref', build.ref && plainText(build.ref)],
        ['Commit', build.commit && <Copyable value={build.commit} label="commit" />],
        ['Queued', formatTime(build.createdAt)],
        ['Started', build.startedAt && formatTime(build.startedAt)],
        ['Ended', build.endedAt && formatTime(build.endedAt)],
        ['Worker', build.worker && plainText(build.worker)],
        ['Attempts', String(build.attempt)],
        ['Steps', result && `${result.stepCount}, of which ${result.cachedCount} cached`],
        ['Platforms', result?.platforms.join(', ')],
        ['Manifest', result?.digest && <Copyable value={result.digest} label="manifest digest" />],
        ['Image ID', result?.imageId && <Copyable value={result.imageId} label="image ID" />],
      ]}
    />
  )
}

function PushedImages({ pushed }: Pick<BuildOutcome, 'pushed'>) {
  return (
    <section>
      <h2>Pushed images</h2>
      <ul class="plain">
        {pushed.map(({ reference }) => (
          <li key={reference}>
            <Copyable value={reference} label="image reference" />
          </li>
        ))}
      </ul>
    </section>
  )
}
