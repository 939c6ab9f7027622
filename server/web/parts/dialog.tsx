import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Modal: the browser keeps the focus inside and restores it. */
function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => element.current?.showModal(), [])
  return (
    <dialog ref={element} aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  )
}

interface FormDialogProps extends DialogProps {
  /** Label of the button. */
  readonly verb: string
  readonly kind: 'primary' | 'danger'
  readonly onSubmit: () => void
}

/** Closes before the action begins. */
export function FormDialog({ title, verb, kind, onSubmit, onClose, children }: FormDialogProps) {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    onClose()
    onSubmit()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        <div class="buttons">
          <button type="submit" class={kind}>
            {verb}
          </button>
          <button type="button" onClick={onClose} autofocus={kind === 'danger'}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly text: string
  /** Label of the button. */
  readonly verb: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** For actions that cannot be undone: pressing Enter once more does nothing. */
export function Confirm({ title, text, verb, onConfirm, onClose }: ConfirmProps) {
  return (
    <FormDialog title={title} verb={verb} kind="danger" onSubmit={onConfirm} onClose={onClose}>
      <p>{text}</p>
    </FormDialog>
  )
}
