import { useState } from 'preact/hooks'
import { type ListedToken, SCOPES, type Scope } from '../../api/index.ts'
import { call } from '../api/call.ts'
import { useAction, useLoadable } from '../api/use-loadable.ts'
import { Copyable } from '../parts/copyable.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { Choice, Field } from '../parts/fields.tsx'
import { formatAgo } from '../parts/format.ts'
import { Loaded } from '../parts/loaded.tsx'
import { FailureNotice } from '../parts/notice.tsx'
import { PageTitle } from '../parts/page-title.tsx'

export function TokensPage() {
  const loadable = useLoadable('tokens', (signal) => call('listTokens', { signal }))
  const [revoking, setRevoking] = useState<ListedToken>()
  const { failure, isBusy, run } = useAction()
  const revoke = (token: number): void =>
    run(async () => {
      await call('deleteToken', { path: { token } })
      loadable.reload()
    })
  return (
    <>
      <PageTitle title="Tokens" />
      <p class="quiet-text">
        For logging in here and for the API. <code>read</code> can read everything except secrets, <code>build</code>{' '}
        also starts and cancels builds, <code>admin</code> changes everything.
      </p>
      {failure && <FailureNotice failure={failure} />}
      <Loaded loadable={loadable} what="tokens">
        {({ tokens }) => (
          <ul class="rows">
            {tokens.map((token) => (
              <TokenRow key={token.id} token={token} isBusy={isBusy} onRevoke={() => setRevoking(token)} />
            ))}
          </ul>
        )}
      </Loaded>
      <NewToken onChange={loadable.reload} />
      {revoking !== undefined && (
        <Confirm
          title={`Revoke token ${revoking.name}?`}
          text="Its users are logged out immediately."
          verb="Revoke"
          onConfirm={() => revoke(revoking.id)}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </>
  )
}

interface TokenRowProps {
  readonly token: ListedToken
  readonly isBusy: boolean
  readonly onRevoke: () => void
}

function TokenRow({ token: { name, scope, expiresAt, lastUsedAt }, isBusy, onRevoke }: TokenRowProps) {
  return (
    <li>
      <strong class="grow wrap">{name}</strong>
      <span class="badge quiet">{scope}</span>
      <span class="quiet-text">
        {lastUsedAt ? `used ${formatAgo(lastUsedAt, Date.now())}` : 'never used'}
        {expiresAt && `, expires ${expiresAt.slice(0, 10)}`}
      </span>
      <button type="button" class="quiet" disabled={isBusy} onClick={onRevoke}>
        Revoke<span class="visually-hidden"> {name}</span>
      </button>
    </li>
  )
}

function NewToken({ onChange }: { readonly onChange: () => void }) {
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Scope>('read')
  const [days, setDays] = useState('')
  const [value, setValue] = useState<string>()
  const { failure, isBusy, run } = useAction()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    run(async () => {
      const body = { name: name.trim(), scope, ...(days !== '' && { expiresInDays: Number(days) }) }
      setValue((await call('createToken', { body })).value)
      setName('')
      onChange()
    })
  }
  return (
    <form class="settings" onSubmit={submit}>
      <fieldset>
        <legend>Create a token</legend>
        <div class="columns">
          <Field label="Name" value={name} onChange={setName} required />
          <Choice label="Scope" value={scope} options={SCOPES} onChange={setScope} />
          <Field label="Days until it expires" value={days} onChange={setDays} type="number" placeholder="never" />
        </div>
        {failure && <FailureNotice failure={failure} />}
        <button type="submit" class="primary" disabled={isBusy}>
          Create token
        </button>
        {value !== undefined && (
          <div class="notice warn" role="status">
            <div>
              <p class="strong">Copy the token now: it cannot be shown again</p>
              <Copyable value={value} label="token" />
            </div>
          </div>
        )}
      </fieldset>
    </form>
  )
}
