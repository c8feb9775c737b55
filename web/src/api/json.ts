/** The few questions that a border asks about JSON it did not write. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

export const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null
