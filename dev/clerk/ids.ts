/**
 * Ids in Clerk's own shape: a prefix and a KSUID (https://github.com/segmentio/ksuid), 27 characters of base62 over a
 * 4-byte time and 16 random bytes, so that ids of one kind sort by age.
 */
import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const LENGTH = 27

/** KSUID counts seconds from here (2014-05-13T16:53:20Z). */
const EPOCH_SECONDS = 1_400_000_000

type IdPrefix = 'client' | 'idn' | 'img' | 'ins' | 'msg' | 'sess' | 'sia' | 'sua' | 'user'

/** @param now Milliseconds since the epoch. */
export function newId(prefix: IdPrefix, now: number): string {
  const bytes = Buffer.concat([Buffer.alloc(4), randomBytes(16)])
  bytes.writeUInt32BE(Math.floor(now / 1000) - EPOCH_SECONDS)
  let rest = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  while (text.length < LENGTH) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text
    rest /= 62n
  }
  return `${prefix}_${text}`
}
