/** Who is signed in, as the sync needs to know it; Clerk's own types stay outside. */
export interface Person {
    id: string;
    /** Changes whenever there is something new to sync. */
    version: string;
    /** What Clerk's page-side user says: a hint, Neon is written from Clerk's server side. */
    profile: Profile;
    getToken(options: {
        skipCache: boolean;
    }): Promise<string | null>;
    /** The newest token that this page holds, without asking anyone. */
    heldToken(): string | null;
    signOut(): Promise<void>;
}
export interface Profile {
    email: string | null;
    firstName: string | null;
    lastName: string | null;
    imageUrl: string;
    /** ISO 8601, UTC. */
    updatedAt?: string;
}
