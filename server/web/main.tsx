import { render } from 'preact'
import { App } from './app.tsx'
import { Broken } from './parts/broken.tsx'

const root = document.getElementById('page')
if (root !== null) {
  root.replaceChildren()
  render(
    <Broken>
      <App />
    </Broken>,
    root,
  )
}
