import { render } from 'preact'
import { App } from './app.tsx'
import { Broken } from './parts/broken.tsx'
import { keepFocus } from './parts/keep-focus.ts'

const root = document.getElementById('page')
if (root !== null) {
  root.replaceChildren()
  keepFocus(root)
  render(
    <Broken>
      <App />
    </Broken>,
    root,
  )
}
