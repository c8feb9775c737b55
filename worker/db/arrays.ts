/** Lists as parameters. */
import { sql } from 'drizzle-orm'

/**
 * A list as PostgreSQL writes an array, to be cast where it is used. The driver could do it, too, at three times the cost,
 * and a page of users is eight lists of five hundred.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export const arrayParam = (values: readonly (string | number | boolean | null)[]) =>
  sql.param(`{${values.map(element).join()}}`)

function element(value: string | number | boolean | null): string {
  if (value === null) return 'NULL'
  if (typeof value !== 'string') return String(value)
  return `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value}"`
}
