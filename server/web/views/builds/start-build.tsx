import { useState } from 'preact/hooks'
import { FormDialog } from '../../parts/dialog.tsx'
import { Check, Field } from '../../parts/fields.tsx'

interface StartBuildProps {
  readonly onStart: (body: object) => void
  readonly onClose: () => void
}

export function StartBuild({ onStart, onClose }: StartBuildProps) {
  const [ref, setRef] = useState('')
  const [noCache, setNoCache] = useState(false)
  return (
    <FormDialog
      title="Start a build"
      verb="Start"
      kind="primary"
      onSubmit={() => onStart({ noCache, ...(ref.trim() !== '' && { ref: ref.trim() }) })}
      onClose={onClose}
    >
      <Field label="Branch or full ref" value={ref} onChange={setRef} placeholder="the default branch" />
      <Check label="Run every step and check for newer base images" value={noCache} onChange={setNoCache} />
    </FormDialog>
  )
}
