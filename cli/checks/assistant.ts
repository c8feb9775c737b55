/** The assistant's model: is one named, and does its endpoint take the key? */
import { bad, type Check, get, ok, warn } from './check.ts'

/** Asks for the list of models, which costs nothing and needs the key. Bad when the key is refused or half of the setting is missing. */
export const assistant: Check = {
  name: 'assistant',
  needs: ['AI_BASE_URL', 'AI_API_KEY', 'AI_MODEL'],
  async look({ config, source }) {
    const { AI_BASE_URL, AI_API_KEY, AI_MODEL } = config
    if (!AI_BASE_URL && !AI_MODEL)
      return warn('No model is set: everything works but the assistant', 'Set AI_BASE_URL and AI_MODEL')
    if (!AI_BASE_URL || !AI_MODEL) {
      const missing = AI_BASE_URL ? 'AI_MODEL' : 'AI_BASE_URL'
      return bad(`${missing} is not set: no message is answered`, `Set ${missing}, or neither of the two`)
    }
    // No more of it: keys have been found in paths, and in the wrong variable.
    const { host } = new URL(AI_BASE_URL)
    const answer = await get(`${AI_BASE_URL}/models`, {
      ...(AI_API_KEY && { Authorization: `Bearer ${AI_API_KEY}` }),
    })
    if (answer?.status === 401 || answer?.status === 403)
      return bad(
        `${host} refuses ${AI_API_KEY ? 'AI_API_KEY' : 'us without a key'} (${answer.status})`,
        'A key of that endpoint’s vendor: npx wrangler secret put AI_API_KEY',
      )
    if (answer?.status === 200) return ok(`${host} answers`)
    if (answer?.status === 404)
      return ok(`${host} answers, and lists no models; whether it takes the key a message shows`)
    const isLocal = source === 'the local stack'
    return warn(
      `${host} ${answer ? `answers ${answer.status}` : 'does not answer'}`,
      isLocal ? 'Start it: npm run dev' : 'Look at AI_BASE_URL and its host’s status page',
    )
  },
}
