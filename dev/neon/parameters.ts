/** Parameters travel as JSON and reach PostgreSQL as untyped text. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export const toParameters = (params: Json[]): (string | null)[] =>
  params.map((param) => {
    if (param === null || typeof param === 'string') return param
    return Array.isArray(param) ? toArrayLiteral(param) : JSON.stringify(param)
  })

function toArrayLiteral(elements: Json[]): string {
  return `{${elements.map(toElement).join(',')}}`
}

function toElement(element: Json): string {
  if (element === null) return 'NULL'
  if (Array.isArray(element)) return toArrayLiteral(element)
  // As on Neon: \" and \\ mean the same in JSON and in an array literal, but \n arrives as the letter n.
  return JSON.stringify(typeof element === 'object' ? JSON.stringify(element) : element)
}
