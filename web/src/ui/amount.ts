/** Numbers in words. */
const numbers = new Intl.NumberFormat('en')

export const amount = (value: number) => numbers.format(value)

/** `3 users`, `1 user`. */
export const counted = (value: number, noun: string) => `${amount(value)} ${noun}${value === 1 ? '' : 's'}`
