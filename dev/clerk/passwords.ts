/** Passwords: scrypt with node's default cost, and the length rule of a new Clerk instance. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { passwordTooLong, passwordTooShort } from './errors.ts'

const derive = promisify<string, Buffer, number, Buffer>(scrypt)
const KEY_BYTES = 32

/** Clerk's own default and its ceiling, which is bcrypt's. */
export const PASSWORD_LENGTH = { least: 8, most: 72 }

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, KEY_BYTES)
  return `${salt.toString('base64url')}.${key.toString('base64url')}`
}

export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [salt = '', key = ''] = hash.split('.').map((part) => Buffer.from(part, 'base64url'))
  if (typeof salt === 'string' || typeof key === 'string') return false
  const derived = await derive(password, salt, KEY_BYTES)
  return derived.length === key.length && timingSafeEqual(derived, key)
}

/** @throws {ClerkError} naming the parameter, when the rule forbids it. */
export function checkPassword(password: string, param = 'password'): void {
  if (password.length < PASSWORD_LENGTH.least) throw passwordTooShort(param, PASSWORD_LENGTH.least)
  if (password.length > PASSWORD_LENGTH.most) throw passwordTooLong(param, PASSWORD_LENGTH.most)
}
