/** Two strings: in unison when both sides agree, out of phase when they do not. Decoration only. */

const HALF_WAVE = 60
const HALF_WAVES = 40
const AMPLITUDE = 26

/** The second string's phase; half a wave is as far apart as two strings get. */
const PHASE = {
  unison: 'translate-x-0',
  seeking: 'motion-safe:animate-seek',
  apart: 'translate-x-[60px]',
} as const

export type Tuning = keyof typeof PHASE

export function Waves({ tuning, className }: { tuning: Tuning; className: string }) {
  const color = tuning === 'apart' ? 'stroke-warn' : 'stroke-marigold'
  return (
    <svg
      aria-hidden="true"
      className={`pointer-events-none ${className}`}
      viewBox="0 0 960 96"
      preserveAspectRatio="xMidYMid slice"
      fill="none"
      strokeWidth="2.25"
      strokeLinecap="round"
    >
      <path d={sine(42)} className="stroke-brand" />
      <path
        d={sine(54)}
        className={`ease-in-out motion-safe:transition-transform motion-safe:duration-1000 ${PHASE[tuning]} ${color}`}
      />
    </svg>
  )
}

/** Half-waves, begun outside the picture so that a shifted string still fills it. 0.3642 makes a Bézier curve a sine. */
function sine(y: number): string {
  const near = 0.3642 * HALF_WAVE
  const far = HALF_WAVE - near
  const peak = (AMPLITUDE * 4) / 3
  const halves = Array.from(
    { length: HALF_WAVES - 1 },
    (_, i) => `s${far} ${i % 2 ? -peak : peak} ${HALF_WAVE} 0`,
  )
  return `M${-10 * HALF_WAVE} ${y}c${near} ${-peak} ${far} ${-peak} ${HALF_WAVE} 0${halves.join('')}`
}
