import { useState } from 'preact/hooks'
import { Dialog } from '../../parts/dialog.tsx'
import { Check, Field } from '../../parts/fields.tsx'

interface StartBuildProps {
  readonly onStart: (body: object) => void
  readonly onClose: () => void
}

export function StartBuild({ onStart, onClose }: StartBuildProps) {
  const [ref, setRef] = useState('')
  const [noCache, setNoCache] = useState(false)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    onClose()
    onStart({ noCache, ...(ref.trim() !== '' && { ref: ref.trim() }) })
  }
  return (
    <Dialog title="Start a build" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Branch or full ref" value={ref} onChange={setRef} placeholder="the default branch" />
        <Check label="Run every step and ask for newer base images" value={noCache} onChange={setNoCache} />
        <div class="buttons">
          <button type="submit" class="primary">
            Start
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}
