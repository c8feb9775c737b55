/** A database full of conversations: many users with a few each, and one with very many, of which one is very long. */
import pg from 'pg'

/** Of a day's messages everybody's are scattered among everybody else's; so many turns write them down. */
const TURNS = 12

const DAYS = 60
const CONVERSATIONS_EACH = 10

/** How the messages are shared out. The heavy user grows along: what is theirs alone is a fixed share. */
export const sharesOf = (messages: number) => ({
  users: messages / 250,
  heavyConversations: messages / 50,
  longConversation: messages / 100,
})

/** As long as Clerk's ids. */
const userId = (n: string) => `'user_' || lpad(${n}::text, 27, '0')`
const uuid = (...parts: string[]) => `md5(concat_ws('.', ${parts.join(', ')}))::uuid`

export const HEAVY = `user_${'0'.padStart(27, '0')}`
export const isLongConversation = `user_id = '${HEAVY}' and id = ${uuid("'conversation'", '0', '0')}`

export async function fill(client: pg.Client, messages: number): Promise<void> {
  const { users, heavyConversations, longConversation } = sharesOf(messages)
  await client.query(`set synchronous_commit = off; set maintenance_work_mem = '1GB'`)
  await client.query(`
    insert into users (id, email, first_name, last_name, tier, created_at, updated_at)
    select ${userId('n')}, 'person-' || n || '@example.com', 'Ada', 'Number ' || n,
      case when n = 0 then 'MAXX' when n % 50 = 0 then 'PRO' else 'FREE' end, at, at
    from generate_series(0, ${users}) n, lateral (select now() - interval '1 second' * (n * 7) as at) as born;
    insert into sync_state (user_id, version, source) select id, 1, 'login' from users;
    insert into rate_limits (user_id, window_start, message_count) select id, date_trunc('day', now()), 5 from users;
    insert into usage_daily (user_id, day, messages, prompt_tokens, completion_tokens)
    select id, current_date - ago, 5, 500, 900 from users, generate_series(0, ${DAYS - 1}) ago;
    insert into conversations (user_id, id, title, created_at, updated_at)
    select ${userId('u')}, ${uuid("'conversation'", 'u', 'c')},
      case when c % 10 = 3 then 'Recipes for a long night ' else 'What is left to say about ' end || c, at, at
    from generate_series(0, ${users}) u,
      generate_series(0, case u when 0 then ${heavyConversations} else ${CONVERSATIONS_EACH - 1} end) c,
      lateral (select now() - interval '1 second' * (c * 25) as at) as begun`)
  const rebuild = await withoutIndexes(client, 'messages')
  for (let turn = 0; turn < TURNS; turn += 1) {
    await client.query(`
      insert into messages (user_id, conversation_id, id, role, content, created_at, reply_to, status, attempt, attempted_at,
        window_start, prompt_tokens, completion_tokens)
      select ${userId('u')}, ${uuid("'conversation'", 'u', 'c')}, case role when 'user' then said else replied end, role,
        repeat(case role when 'user' then 'And what then? ' else 'Then the night grew longer. ' end, 5 + k % 15), at,
        case role when 'assistant' then said end, case role when 'assistant' then 'complete' end,
        case role when 'assistant' then 1 end, case role when 'assistant' then at end,
        case role when 'assistant' then date_trunc('day', at) end, case role when 'assistant' then 100 end,
        case role when 'assistant' then 180 end
      from (${turnOf(turn, { users, heavyConversations, longConversation })}) as exchanges (u, c, k)
        cross join (values ('user'), ('assistant')) as lines (role)
        cross join lateral (select ${uuid("'said'", 'u', 'c', 'k')} as said, ${uuid("'replied'", 'u', 'c', 'k')} as replied,
          now() - interval '5 days' * ${TURNS - turn} as at) as facts`)
  }
  await rebuild()
  await client.query('vacuum (analyze)')
}

/** One exchange in everybody's conversations, one in a twelfth of the heavy user's, and a stretch of the long one. */
const turnOf = (
  turn: number,
  { users, heavyConversations, longConversation }: ReturnType<typeof sharesOf>,
) => `
  select u, c, ${turn} from generate_series(1, ${users}) u, generate_series(0, ${CONVERSATIONS_EACH - 1}) c
  union all
  select 0, c, ${turn} from generate_series(${turn} + 1, ${heavyConversations}, ${TURNS}) c
  union all
  select 0, 0, k from generate_series(${turn}, ${longConversation / 2 - 1}, ${TURNS}) k`

/** Takes the indexes and keys off a table, and gives what puts them on again: that is ten times faster than row by row. */
async function withoutIndexes(client: pg.Client, table: string): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ off: string; on: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as off,
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as on
     from pg_constraint where conrelid = $1::regclass and contype in ('p', 'f')
     union all
     select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
     from pg_index where indrelid = $1::regclass and not indisprimary`,
    [table],
  )
  for (const { off } of rows) await client.query(off)
  return async () => {
    for (const { on } of rows) await client.query(on)
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}
