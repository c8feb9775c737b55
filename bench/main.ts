/** `npm run bench`: every measurement; `npm run bench -- plans 10000000`: one of them, with sizes of one's own. */
import path from 'node:path'
import { execa } from 'execa'

const MEASUREMENTS = ['sync', 'messages', 'quota', 'plans', 'admin', 'reconcile']

const [wanted, ...sizes] = process.argv.slice(2)
if (wanted !== undefined && !MEASUREMENTS.includes(wanted)) {
  const isHelp = wanted === '--help'
  const known = `npm run bench [-- ${MEASUREMENTS.join('|')}]; bench/README.md says what each measures`
  if (isHelp) console.log(`Usage: ${known}`)
  else console.error(`There is no measurement "${wanted}": ${known}`)
  process.exit(isHelp ? 0 : 1)
}
for (const name of wanted === undefined ? MEASUREMENTS : [wanted]) {
  console.log(`\n# ${name}`)
  await execa('node', [path.join(import.meta.dirname, `${name}.ts`), ...sizes], { stdio: 'inherit' })
}
