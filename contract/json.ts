import { z } from 'zod';

/** Any JSON value: what is carried through without being understood. */
export const Json = z.json();
export type Json = z.infer<typeof Json>;
