import { useSession } from '../api/session.ts'
import { Empty } from '../parts/notice.tsx'
import { PageTitle } from '../parts/page-title.tsx'

/** For the address of a view that only tokens of scope admin may use; no link leads here. */
export function NotAllowedPage() {
  const { name, scope } = useSession()
  return (
    <>
      <PageTitle title="Not allowed" />
      <Empty title="This page needs a token of scope admin">
        <p>
          Token {name} has scope {scope}. <a href="/">Show all builds</a>
        </p>
      </Empty>
    </>
  )
}
