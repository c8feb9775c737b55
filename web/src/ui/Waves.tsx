/** Two strings: in unison when both sides agree, out of phase when they do not. Decoration only. */
const WAVELENGTH = 120
const WAVES = 18

/** The second string's phase; half a wave is as far apart as two strings get. */
const PHASE = {
  unison: 'translate-x-0',
  seeking: 'motion-safe:animate-seek',
  apart: 'translate-x-[60px]',
} as const

export type Tuning = keyof typeof PHASE

export function Waves({ tuning, className }: { tuning: Tuning; className: string }) {
  return (
    <svg
      aria-hidden="true"
      className={`pointer-events-none ${className}`}
      viewBox="0 0 960 120"
      preserveAspectRatio="xMidYMid slice"
      fill="none"
      strokeWidth="2.5"
      strokeLinecap="round"
    >
      <path d={sine(52)} className="stroke-brand" />
      <path
        d={sine(66)}
        className={`motion-safe:transition-transform duration-1000 ease-in-out ${PHASE[tuning]} ${tuning === 'apart' ? 'stroke-warn' : 'stroke-marigold'}`}
      />
    </svg>
  )
}

/** Quadratic half-waves, begun outside the picture so that a shifted string still fills it. */
function sine(y: number): string {
  const half = WAVELENGTH / 2
  return `M${-5 * WAVELENGTH} ${y}q${half / 2} -64 ${half} 0${`t${half} 0`.repeat(2 * WAVES - 1)}`
}
