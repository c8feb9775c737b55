/** Which colour is what, where there are several. */

export interface Series {
  key: string
  label: string
  /** A CSS colour; a variable of the theme's follows it by itself. */
  color: string
}

export function Legend({ series }: { series: Series[] }) {
  if (series.length < 2) return null
  return (
    <ul aria-label="Colours" className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-xs text-soft">
      {series.map(({ key, label, color }) => (
        <li key={key} className="flex items-center gap-2">
          <Swatch color={color} />
          {label}
        </li>
      ))}
    </ul>
  )
}

export const Swatch = ({ color }: { color: string }) => (
  <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: color }} />
)
