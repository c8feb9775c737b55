/** The few questions that a border asks about JSON it did not write. */
export declare function isRecord(value: unknown): value is Record<string, unknown>;
export declare const text: (value: unknown) => string | null;
export declare const count: (value: unknown) => number | null;
