/** Light, dark, or as the system has it: native radio buttons, so that arrow keys and screen readers just work. */
import { Monitor, Moon, Sun } from 'lucide-react'
import { type Theme, useTheme } from './theme.ts'

const CHOICES: { theme: Theme; label: string; Icon: typeof Sun }[] = [
  { theme: 'light', label: 'Light', Icon: Sun },
  { theme: 'system', label: 'As the system', Icon: Monitor },
  { theme: 'dark', label: 'Dark', Icon: Moon },
]

export function ThemeSwitch() {
  const [chosen, choose] = useTheme()
  return (
    <fieldset className="flex rounded-full border border-line bg-surface p-0.5">
      <legend className="sr-only">Theme</legend>
      {CHOICES.map(({ theme, label, Icon }) => (
        <label
          key={theme}
          title={label}
          className="relative grid size-7 place-items-center rounded-full text-soft transition-colors hover:text-ink has-checked:bg-brand-wash has-checked:text-brand has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-brand"
        >
          <input
            type="radio"
            name="theme"
            value={theme}
            checked={chosen === theme}
            onChange={() => choose(theme)}
            className="absolute inset-0 appearance-none outline-none"
          />
          <Icon aria-hidden className="size-4" />
          <span className="sr-only">{label}</span>
        </label>
      ))}
    </fieldset>
  )
}
