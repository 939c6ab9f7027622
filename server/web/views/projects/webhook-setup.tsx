import type { Project } from '../../../api/index.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { FactTable } from '../../parts/fact-table.tsx'
import { formatTime } from '../../parts/format.ts'

interface WebhookSetupProps {
  readonly project: Project
  /** Only immediately after creation: the server stores it encrypted and does not show it again. */
  readonly secret?: string | undefined
}

const WHERE: Readonly<Record<Project['settings']['repository']['forge'], string>> = {
  github: 'In the repository on GitHub: Settings, Webhooks, content type application/json',
  gitlab: 'In the project on GitLab: Settings, Webhooks, with push, tag push and merge request events',
  gitea: 'In the repository on Gitea: Settings, Webhooks, type Gitea',
  forgejo: 'In the repository on Forgejo: Settings, Webhooks, type Forgejo',
  bitbucket: 'In the repository on Bitbucket: Repository settings, Webhooks',
  'bitbucket-server': 'In the repository on Bitbucket Data Center: Repository settings, Webhooks',
  generic: 'POST {"ref": "refs/heads/main"} signed as Standard Webhooks (standardwebhooks.com)',
}

/** Settings to enter in the forge. */
export function WebhookSetup({ project, secret }: WebhookSetupProps) {
  const address = project.webhookUrl ?? location.origin + project.webhookPath
  const until = project.oldWebhookSecretUntil
  return (
    <section class="card">
      <h2>Webhook</h2>
      <p>{WHERE[project.settings.repository.forge]}</p>
      <FactTable
        facts={[
          ['Address', <Copyable key="a" value={address} label="webhook address" />],
          ['Secret', secret && <Copyable key="s" value={secret} label="webhook secret" />],
          ['Old secret', until && `accepted until ${formatTime(until)}`],
        ]}
      />
      {secret !== undefined && (
        <p class="notice warn" role="status">
          Copy the secret now: it cannot be shown again
        </p>
      )}
    </section>
  )
}
