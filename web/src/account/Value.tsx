/** One side's value of one field, in the form that suits its kind. */
import { ImageOff } from 'lucide-react'
import { useState } from 'react'
import { exactTime } from '../ui/time.ts'
import type { Kind } from './comparison.ts'

export function Value({ kind, value }: { kind: Kind; value: string | null }) {
  if (value === null || value === '') return <span className="text-soft italic">none</span>
  switch (kind) {
    case 'code':
      return <code className="font-mono text-[0.8125rem] break-all">{value}</code>
    case 'text':
      return <span className="wrap-anywhere">{value}</span>
    case 'image':
      return <Picture key={value} url={value} />
    case 'time':
      return (
        <time dateTime={value} title={value} className="tabular-nums">
          {exactTime(value)}
        </time>
      )
  }
}

/** The address is shown as well: two pictures may look alike. */
function Picture({ url }: { url: string }) {
  const [broken, setBroken] = useState(false)
  return (
    <span className="flex min-w-0 items-center gap-2">
      {broken ? (
        <span className="grid size-7 shrink-0 place-items-center rounded-full bg-sunken text-soft">
          <ImageOff aria-hidden className="size-3.5" />
        </span>
      ) : (
        <img
          src={url}
          alt=""
          width="28"
          height="28"
          className="size-7 shrink-0 rounded-full bg-sunken object-cover"
          referrerPolicy="no-referrer"
          onError={() => setBroken(true)}
        />
      )}
      <span title={url} className="truncate text-soft">
        {url.replace(/^https?:\/\//, '')}
      </span>
    </span>
  )
}
