/** Two strings looking for their pitch: the model is at work. */

/** Half-waves of 12 pixels; see Waves.tsx. */
const SINE = `M-48 8${'c4.4 -8 7.6 -8 12 0s7.6 8 12 0'.repeat(6)}`

export function Thinking({ children }: { children: string }) {
  return (
    <p className="flex h-7 items-center gap-2.5 text-sm text-soft">
      <svg
        aria-hidden="true"
        className="h-4 w-12 overflow-hidden mask-x-from-70%"
        viewBox="0 0 48 16"
        fill="none"
        strokeWidth="2"
        strokeLinecap="round"
      >
        <path d={SINE} className="stroke-brand motion-safe:animate-flow" />
        <path d={SINE} className="translate-x-[12px] stroke-marigold motion-safe:animate-flow-slow" />
      </svg>
      {children}
    </p>
  )
}
