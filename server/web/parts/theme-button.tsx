import { useEffect, useState } from 'preact/hooks'
import { Icon } from './icons.tsx'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]
const KEY = 'tsbuild-theme'

export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme)
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // storage is blocked: applies only to this visit
    }
  }, [theme])
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  return (
    <button type="button" class="quiet" onClick={() => setTheme(next)} title={`Theme: ${theme}`}>
      <Icon name="theme" />
      <span class="visually-hidden">{`Theme: ${theme}. Change to ${next}`}</span>
    </button>
  )
}

function storedTheme(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system'
  }
}
