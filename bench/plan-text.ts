/** PostgreSQL's plans in short: what is read, by which index, how many rows come of it, what is sorted and what is written. */
import type { Plan } from '../tests/support/caught.ts'

/** All others hand on what comes from beneath them. */
const TOLD = /Scan|Sort|ModifyTable/
const READ_BEFORE = /^(CTE|Subquery|Function|Values|WorkTable) Scan$/

/** Bottom up, as it runs. Empty for a statement that reads no table. */
export function shortForm(plan: Plan): string {
  return [...nodesOf(plan)].join(' → ')
}

function* nodesOf(plan: Plan): Generator<string> {
  // Never begun: a branch that was not taken.
  if (plan['Actual Loops'] === 0) return
  for (const beneath of plan.Plans ?? []) yield* nodesOf(beneath)
  const type = plan['Node Type']
  if (!TOLD.test(type) || READ_BEFORE.test(type)) return
  const rows = Math.round(plan['Actual Rows'] * plan['Actual Loops']).toLocaleString('en')
  const on = plan['Index Name'] ?? plan['Relation Name']
  yield plan.Operation ? `${plan.Operation} ${on}` : `${type}${on ? ` ${on}` : ''} ${rows}`
}
