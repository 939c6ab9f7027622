import { Empty } from '../parts/notice.tsx'
import { PageTitle } from '../parts/page-title.tsx'

export function NotFoundPage() {
  return (
    <>
      <PageTitle title="Page not found" />
      <Empty title="There is no page at this address">
        <p>
          <a href="/">Show all builds</a>
        </p>
      </Empty>
    </>
  )
}
