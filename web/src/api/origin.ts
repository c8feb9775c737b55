/** The API that this page came with. */
import { createApi } from './client.ts'

export const api = createApi(location.origin, (input, init) => fetch(input, init))
