export interface Problem {
    title: string;
    /** The HTTP status; 0 when no answer came. */
    status: number;
    code: string;
    detail?: string;
    /** What support asks for; null when the request never reached the server. */
    requestId: string | null;
    errors?: {
        path: string;
        message: string;
    }[];
}
/** Reads a failed answer. One that is no problem document (a proxy's page, a cut connection) becomes a local one. */
export declare function readProblem(response: Response): Promise<Problem>;
/** Something answered, but not in the API's language. */
export declare function badAnswer(response: Response): Problem;
export declare const UNREACHABLE: Problem;
export declare const TIMED_OUT: Problem;
export declare const NO_TOKEN: Problem;
