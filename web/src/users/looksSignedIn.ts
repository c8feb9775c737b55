/**
 * A guess for the first paint alone: clerk-js keeps this cookie while somebody is signed in. A visitor then need not
 * wait for Clerk to see the landing page, and a user is not shown it for a blink.
 */
export const looksSignedIn = () => /(?:^|; )__session/.test(document.cookie)
