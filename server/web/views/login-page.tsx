import { useEffect, useState } from 'preact/hooks'
import type { Session } from '../../api/index.ts'
import { call } from '../api/call.ts'
import { useAction } from '../api/use-loadable.ts'
import { FailureNotice } from '../parts/notice.tsx'

interface LoginPageProps {
  /** Of the session of this page. */
  readonly hasEnded: boolean
  readonly onLogin: (session: Session) => void
}

export function LoginPage({ hasEnded, onLogin }: LoginPageProps) {
  const [token, setToken] = useState('')
  const { isBusy, failure, run } = useAction()
  useEffect(() => {
    document.title = 'Log in – tsbuild'
  }, [])
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    run(async () => onLogin(await call('openSession', { body: { token: token.trim() } })))
  }
  return (
    <main class="login">
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>Log in to tsbuild</h1>
      {hasEnded && (
        <p class="notice warn" role="alert">
          The session has ended: its token was revoked or has expired, or you have logged out in another window
        </p>
      )}
      <form onSubmit={submit}>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        {failure && <FailureNotice failure={failure} />}
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
      <p class="quiet-text">
        <code>tsbuild serve</code> prints a token at its first start and keeps it in <code>admin-token</code> in its
        data directory. To create another one: <code>tsbuild server token create NAME</code>
      </p>
    </main>
  )
}
