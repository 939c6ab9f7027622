import { useState } from 'preact/hooks'
import type { Project } from '../../../api/index.ts'
import { call } from '../../api/call.ts'
import { useMay } from '../../api/session.ts'
import { useAction, useLoadable } from '../../api/use-loadable.ts'
import { plainText } from '../../log/plain-text.ts'
import { FormDialog } from '../../parts/dialog.tsx'
import { Check } from '../../parts/fields.tsx'
import { formatAgo, formatTime } from '../../parts/format.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Empty, FailureNotice } from '../../parts/notice.tsx'
import { WebhookSetup } from './webhook-setup.tsx'

interface ProjectWebhookProps {
  readonly project: Project
  readonly onChange: () => void
}

export function ProjectWebhook({ project, onChange }: ProjectWebhookProps) {
  const isAdmin = useMay('admin')
  const [secret, setSecret] = useState<string>()
  const [isAsking, setAsking] = useState(false)
  const { failure, isBusy, run } = useAction()
  const path = { project: project.name }
  const replace = (body: object): void =>
    run(async () => {
      setSecret((await call('rotateWebhookSecret', { path, body })).webhookSecret)
      onChange()
    })
  return (
    <>
      <WebhookSetup project={project} secret={secret} />
      {failure && <FailureNotice failure={failure} />}
      {isAdmin && (
        <p>
          <button type="button" disabled={isBusy} onClick={() => setAsking(true)}>
            Replace the secret
          </button>
        </p>
      )}
      {isAsking && <ReplaceSecret onReplace={replace} onClose={() => setAsking(false)} />}
      <Deliveries project={project.name} />
    </>
  )
}

const OVERLAP_HOURS = 24

interface ReplaceSecretProps {
  readonly onReplace: (body: object) => void
  readonly onClose: () => void
}

function ReplaceSecret({ onReplace, onClose }: ReplaceSecretProps) {
  const [keepsOld, setKeepsOld] = useState(true)
  return (
    <FormDialog
      title="Replace the webhook secret?"
      verb="Replace"
      kind="danger"
      onSubmit={() => onReplace({ keepOldHours: keepsOld ? OVERLAP_HOURS : 0 })}
      onClose={onClose}
    >
      <p>Enter the new secret at the forge afterwards.</p>
      <Check
        label={`Accept webhooks signed with the old secret for another ${OVERLAP_HOURS} hours`}
        value={keepsOld}
        onChange={setKeepsOld}
      />
    </FormDialog>
  )
}

function Deliveries({ project }: { readonly project: string }) {
  const loadable = useLoadable(project, (signal) =>
    call('listDeliveries', { path: { project }, query: { limit: 50 }, signal }),
  )
  return (
    <section>
      <div class="page-title">
        <h2>Deliveries</h2>
        <button type="button" onClick={loadable.reload}>
          Refresh
        </button>
      </div>
      <Loaded loadable={loadable} what="deliveries">
        {({ deliveries }) =>
          deliveries.length === 0 ? (
            <Empty title="No webhook received yet" />
          ) : (
            <ul class="rows">
              {deliveries.map((delivery) => (
                <li key={delivery.id}>
                  <span class={`badge ${delivery.outcome === 'accepted' ? 'good' : 'quiet'}`}>{delivery.outcome}</span>
                  <span class="grow wrap">
                    {plainText(delivery.event)}
                    {delivery.reason !== undefined && `: ${plainText(delivery.reason)}`}{' '}
                    {delivery.builds.map((build) => (
                      <a key={build} href={`/builds/${build}`}>
                        build {build}
                      </a>
                    ))}
                    <br />
                    <code class="quiet-text">{plainText(delivery.deliveryId)}</code>
                  </span>
                  <time class="quiet-text" dateTime={delivery.receivedAt} title={formatTime(delivery.receivedAt)}>
                    {formatAgo(delivery.receivedAt, Date.now())}
                  </time>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}
