import { z } from 'zod';
import { Port, ProcessKey, SocketKey, WallNs } from './brands.js';

export const Transport = z.enum(['tcp', 'udp']);
export type Transport = z.infer<typeof Transport>;

export const AddressFamily = z.enum(['ipv4', 'ipv6']);
export type AddressFamily = z.infer<typeof AddressFamily>;

/** `bound`: has a local port and does not listen (every bound UDP socket); `connected`: any other TCP state. */
export const SocketState = z.enum(['bound', 'listening', 'connected']);
export type SocketState = z.infer<typeof SocketState>;

/** The local end of a socket. Addresses are in text form, IPv6 without brackets. */
export const LocalEndpoint = z.object({
  transport: Transport,
  family: AddressFamily,
  address: z.string(),
  port: Port,
  networkNamespace: z.int().nonnegative(),
});
export type LocalEndpoint = z.infer<typeof LocalEndpoint>;

export const SocketInfo = LocalEndpoint.extend({
  key: SocketKey,
  state: SocketState,
});
export type SocketInfo = z.infer<typeof SocketInfo>;

/** A moment, and whether it was seen happening or is only the first time we looked. */
export const Since = z.object({ at: WallNs, exact: z.boolean() });
export type Since = z.infer<typeof Since>;

/** A socket that exists now. Binder: who called bind. Holders: who has a descriptor of it. */
export const SocketRow = z.object({
  socket: SocketInfo,
  binder: ProcessKey.nullable(),
  holders: z.array(ProcessKey),
  since: Since,
  listeningSince: Since.nullable(),
  /** The socket's owner, present where no holder could be read: "unknown owner, uid N". */
  uid: z.int().nonnegative().optional(),
});
export type SocketRow = z.infer<typeof SocketRow>;
