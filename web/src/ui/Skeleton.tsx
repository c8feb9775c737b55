/** A grey bar where a text will be, as high as a line of it. */
export function Skeleton({ className }: { className: string }) {
  return (
    <span
      aria-hidden
      className={`inline-block h-[1em] max-w-full motion-safe:animate-breathe rounded bg-line align-[-0.125em] ${className}`}
    />
  )
}
