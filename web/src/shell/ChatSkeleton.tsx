/** Stands in for the chat until its code has come: everything where it will be, so that nothing jumps. */
import { Skeleton } from '../ui/Skeleton.tsx'
import { Waves } from '../ui/Waves.tsx'

export function ChatSkeleton({ isNew }: { isNew: boolean }) {
  return (
    <div
      aria-busy="true"
      className="grid h-full min-h-0 grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] md:grid-cols-[15rem_minmax(0,1fr)] md:gap-4 lg:grid-cols-[17rem_minmax(0,1fr)] lg:gap-6"
    >
      <span className="sr-only">Loading</span>
      <div className="space-y-3 border-r border-line py-4 pr-4 max-md:hidden">
        <div className="h-10 rounded-[10px] border border-line bg-surface" />
        <div className="h-9 rounded-[10px] bg-sunken" />
        <RowsSkeleton />
      </div>
      <div className="flex min-h-0 min-w-0 flex-col">
        <div className={`flex h-14 shrink-0 items-center ${isNew ? 'md:hidden' : ''}`}>
          <div className="mx-auto flex w-full max-w-3xl justify-center px-1 text-xl sm:px-4 md:justify-start">
            {!isNew && <Skeleton className="w-40" />}
          </div>
        </div>
        <div className="mx-auto flex min-h-0 w-full max-w-3xl flex-1 flex-col overflow-hidden px-1 pb-8 sm:px-4">
          {isNew ? <WelcomeSkeleton /> : <TurnsSkeleton />}
        </div>
        <div className="mx-auto w-full max-w-3xl pt-1 pb-3 sm:px-4 sm:pb-5">
          <div className="h-13.5 rounded-3xl border border-edge/60 bg-surface sm:h-22.5" />
          <p className="mt-2 flex h-4 px-4 text-xs">
            <Skeleton className="w-32" />
          </p>
        </div>
      </div>
    </div>
  )
}

function WelcomeSkeleton() {
  return (
    <div className="my-auto py-8 [@media(height<30rem)]:py-4">
      <Waves
        tuning="unison"
        className="h-14 w-full mask-x-from-60% opacity-80 sm:h-16 [@media(height<30rem)]:hidden"
      />
      <p className="mt-7 flex h-10 items-center justify-center text-3xl sm:h-12 sm:text-4xl [@media(height<30rem)]:mt-0 [@media(height<30rem)]:h-9">
        <Skeleton className="w-72 sm:w-92" />
      </p>
      <p className="mt-3 flex h-7 items-center justify-center text-lg">
        <Skeleton className="w-50" />
      </p>
      <div className="mx-auto mt-8 flex flex-wrap justify-center gap-2.5 [@media(height<30rem)]:mt-4">
        {['w-47', 'w-40', 'w-36', 'w-43.5'].map((width, nth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they stay in their places
          <div key={nth} className={`h-10 rounded-full border border-line bg-surface ${width}`} />
        ))}
      </div>
    </div>
  )
}

export function TurnsSkeleton() {
  return (
    <div className="space-y-9 pt-4">
      {['w-1/2', 'w-2/5'].map((width) => (
        <div key={width} className="space-y-5">
          <div
            className={`ml-auto h-11.5 rounded-2xl rounded-br-md bg-line motion-safe:animate-breathe ${width}`}
          />
          <p className="space-y-3 sm:pl-10">
            <Skeleton className="w-full" />
            <Skeleton className="w-11/12" />
            <Skeleton className="w-3/5" />
          </p>
        </div>
      ))}
    </div>
  )
}

export function RowsSkeleton() {
  return (
    <div className="space-y-4 px-2.5 py-2 text-sm">
      {['w-3/4', 'w-1/2', 'w-5/6', 'w-2/3'].map((width) => (
        <p key={width}>
          <Skeleton className={width} />
        </p>
      ))}
    </div>
  )
}
