import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** Under the field. */
  readonly help?: string
  readonly placeholder?: string
  readonly required?: boolean
  readonly pattern?: string
  readonly type?: 'text' | 'number' | 'password'
  /** More than one line. */
  readonly rows?: number
}

export function Field({ label, value, onChange, help, rows, type = 'text', ...more }: FieldProps) {
  const id = useId()
  const props = {
    id,
    value,
    'aria-describedby': help === undefined ? undefined : `${id}-help`,
    autocomplete: type === 'password' ? 'new-password' : 'off',
    spellcheck: false,
    // The browser shows it with its message about the pattern.
    ...(more.pattern !== undefined && { title: help }),
    ...more,
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows === undefined ? (
        <input
          {...props}
          {...({ type } as { type: 'text' })}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      ) : (
        <textarea rows={rows} {...props} onInput={({ currentTarget }) => onChange(currentTarget.value)} />
      )}
      {help !== undefined && (
        <p class="quiet-text" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  )
}

interface CheckProps {
  readonly label: string
  readonly value: boolean
  readonly onChange: (value: boolean) => void
}

export function Check({ label, value, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
      {label}
    </label>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly T[]
  readonly onChange: (value: T) => void
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => onChange(options.find((one) => one === currentTarget.value) ?? value)}
      >
        {options.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </div>
  )
}
