/** The embedded PostgreSQL over its life: stopped, killed, started twice, and on folders that are not its own. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../dev/postgres.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'swarai-postgres-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const start = (name: string) => startPostgres({ dataDir: path.join(folder, name), port: 0 })

async function query(url: string, text: string) {
  const client = new pg.Client({ connectionString: url })
  // The server is stopped and killed: a connection that is only just ending hears of it.
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

test('what was written survives a stop, and a kill', async () => {
  const first = await start('lived-in')
  await query(first.url, "create table kept as select 'stopped' as after")
  await first.stop()

  const second = await start('lived-in')
  await query(second.url, "insert into kept values ('killed')")
  const pid = Number.parseInt(await readFile(path.join(folder, 'lived-in/postmaster.pid'), 'utf8'), 10)
  process.kill(pid, 'SIGKILL')
  expect(await second.ended).toMatchObject({ asked: false })

  const third = await start('lived-in')
  expect(await query(third.url, 'select after from kept')).toEqual([
    { after: 'stopped' },
    { after: 'killed' },
  ])
  await third.stop()
})

test('it is PostgreSQL 18 in UTC and UTF-8, whose owner is no superuser', async () => {
  const server = await start('settings')
  const [row] = await query(
    server.url,
    `select current_setting('server_version_num')::int / 10000 as major, current_setting('TimeZone') as zone,
      current_setting('server_encoding') as encoding, current_setting('listen_addresses') as addresses,
      pg_get_userbyid(datdba) as owner, rolsuper as superuser, rolname as role
      from pg_database, pg_roles where datname = current_database() and rolname = current_user`,
  )
  expect(row).toEqual({
    major: 18,
    zone: 'UTC',
    encoding: 'UTF8',
    addresses: '127.0.0.1',
    owner: 'neon',
    role: 'neon',
    superuser: false,
  })
  await server.stop()
})

test('a second server on the same data is refused by name', async () => {
  const server = await start('shared')
  await expect(start('shared')).rejects.toThrow(
    /^PostgreSQL already runs on .*shared \(process \d+\): stop that one first$/,
  )
  await server.stop()
})

test('data of another PostgreSQL is left alone', async () => {
  await mkdir(path.join(folder, 'older'))
  await writeFile(path.join(folder, 'older/PG_VERSION'), '17\n')
  await expect(start('older')).rejects.toThrow(/older holds data of PostgreSQL 17, this is 18: .*--reset/)
})

test('a folder with other things in it is left alone', async () => {
  await mkdir(path.join(folder, 'photos'))
  await writeFile(path.join(folder, 'photos/cat.jpg'), '')
  await expect(start('photos')).rejects.toThrow(/photos is no PostgreSQL data directory and not empty/)
})

test('a file in its place is named', async () => {
  await writeFile(path.join(folder, 'file'), '')
  await expect(start('file')).rejects.toThrow(/file cannot be used for the database \(ENOTDIR/)
})

test('a cluster that was interrupted in the making is made again', async () => {
  await mkdir(path.join(folder, 'interrupted.unfinished/base'), { recursive: true })
  const server = await start('interrupted')
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
})

test.runIf(process.getuid?.() === 0)(
  'as root, a folder that the other user may not enter is named',
  async () => {
    await mkdir(path.join(folder, 'closed'), { mode: 0o700 })
    await expect(start('closed/data')).rejects.toThrow(/may not enter .*closed: run this as an ordinary user/)
  },
)
