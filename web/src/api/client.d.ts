export type Api = ReturnType<typeof createApi>;
export declare function createApi(origin: string, fetch: typeof globalThis.fetch): {
    api: {
        health: import("hono/client").ClientRequest<string, "/api/health", {
            $get: {
                input: {};
                output: {
                    status: string;
                    database: {
                        ok: boolean;
                        latencyMs: number;
                    };
                };
                outputFormat: "json";
                status: 200 | 503;
            };
        }>;
    };
} & {
    api: {
        user: import("hono/client").ClientRequest<string, "/api/user", {
            $get: {
                input: {};
                output: {
                    user: {
                        id: string;
                        email: string | null;
                        firstName: string | null;
                        lastName: string | null;
                        imageUrl: string | null;
                        tier: import("../../../worker/quota/tiers.ts").Tier;
                        createdAt: string;
                        updatedAt: string;
                    };
                    quota: {
                        limit: number;
                        used: number;
                        remaining: number;
                        resetAt: string;
                    };
                };
                outputFormat: "json";
                status: import("hono/utils/http-status").ContentfulStatusCode;
            };
        }>;
    };
} & {
    api: {
        user: {
            sync: import("hono/client").ClientRequest<string, "/api/user/sync", {
                $post: {
                    input: {
                        json: {
                            userId: string;
                            email?: string | null | undefined;
                            firstName?: string | null | undefined;
                            lastName?: string | null | undefined;
                            imageUrl?: string | null | undefined;
                            updatedAt?: string | number | null | undefined;
                        };
                    };
                    output: {
                        outcome: "created" | "stale" | "unchanged" | "updated";
                        user: {
                            id: string;
                            email: string | null;
                            firstName: string | null;
                            lastName: string | null;
                            imageUrl: string | null;
                            tier: import("../../../worker/quota/tiers.ts").Tier;
                            createdAt: string;
                            updatedAt: string;
                        };
                    };
                    outputFormat: "json";
                    status: import("hono/utils/http-status").ContentfulStatusCode;
                };
            }>;
        };
    };
};
/** Never a cookie: a token in a header is one that no other site can make the browser send. */
export declare const bearer: (token: string) => {
    Authorization: string;
};
