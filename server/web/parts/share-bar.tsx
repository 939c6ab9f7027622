interface ShareBarProps {
  readonly value: number
  readonly of: number
  readonly label: string
}

export function ShareBar({ value, of, label }: ShareBarProps) {
  return <meter class="share" min={0} max={Math.max(1, of)} value={value} aria-label={label} />
}
