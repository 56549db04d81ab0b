import { z } from 'zod';
import { ConfigurationForm } from './configuration.js';
import { ExportProgress, ExportRequest } from './export.js';
import { Settings, SettingsPatch } from './settings.js';

/**
 * The whole of what window and main process say to each other. Both sides derive their types from
 * this object, so a channel that is not here does not exist. Main parses every request.
 */
export const ipc = {
  /** Window asks, main answers. */
  invoke: {
    'settings:get': { request: z.void(), response: Settings },
    'settings:update': { request: SettingsPatch, response: Settings },
    /** Ask the user (polkit) for the privileged helper. */
    'full-view:ask': { request: z.void(), response: z.void() },
    /** Opens a save dialog and starts the export; null when the user cancelled the dialog. */
    'export:start': {
      request: ExportRequest,
      response: z.object({ id: z.int().nonnegative(), path: z.string() }).nullable(),
    },
    'export:cancel': { request: z.object({ id: z.int().nonnegative() }), response: z.void() },
    /** Shows an exported file in the file manager. */
    'export:reveal': { request: z.object({ id: z.int().nonnegative() }), response: z.void() },
    /** Asks for a configuration file and reads it; null when the user cancelled. Fails in words. */
    'configuration:open': {
      request: z.void(),
      response: z.object({ file: z.string(), text: z.string() }).nullable(),
    },
    /** Asks where and writes a configuration there; null when the user cancelled. */
    'configuration:save': {
      request: z.object({ form: ConfigurationForm, text: z.string().max(4_000_000) }),
      response: z.object({ path: z.string() }).nullable(),
    },
    /** Asks for a recording or scenario and shows it in place of what is live; false: cancelled. */
    'replay:open': { request: z.void(), response: z.boolean() },
    'replay:close': { request: z.void(), response: z.void() },
    'clipboard:write': { request: z.string().max(1_000_000), response: z.void() },
    'app:info': {
      request: z.void(),
      response: z.object({ version: z.string(), electron: z.string(), chrome: z.string() }),
    },
  },
  /** Main tells the window. */
  notify: {
    'settings:changed': Settings,
    'export:progress': z.object({ id: z.int().nonnegative(), progress: ExportProgress }),
    /** `lost`: the engine died and is being started again; a new port follows. */
    'engine:state': z.object({
      state: z.enum(['starting', 'running', 'lost']),
      message: z.string().nullable(),
    }),
    /** A recording could not be opened, in words. */
    'replay:failed': z.object({ path: z.string(), message: z.string() }),
    /** Another replay is shown, or none: what is worth knowing of its file though it could be opened. */
    'replay:notes': z.array(z.string()),
    /** From the application menu or a global shortcut. */
    command: z.enum([
      'export',
      'toggle-recording',
      'focus-filter',
      'add-criterion',
      'import-configuration',
      'open-replay',
      'fit',
      'follow',
    ]),
  },
  /** Main hands the window a MessagePort of the engine; the messages on it are in `stream.ts`. */
  stream: 'engine:port',
} as const;

type Invoke = typeof ipc.invoke;
type Notify = typeof ipc.notify;

export type InvokeChannel = keyof Invoke;
export type InvokeRequest<C extends InvokeChannel> = z.input<Invoke[C]['request']>;
export type InvokeResponse<C extends InvokeChannel> = z.output<Invoke[C]['response']>;
export type NotifyChannel = keyof Notify;
export type NotifyPayload<C extends NotifyChannel> = z.output<Notify[C]>;

/**
 * What the preload script puts on `window.bindscope`. Nothing of Electron is reachable through it.
 * `ports` arrive as `message` events on the window itself (`event.data === ipc.stream`), because a
 * MessagePort cannot cross the context bridge.
 */
export interface WindowApi {
  readonly invoke: <C extends InvokeChannel>(
    channel: C,
    request: InvokeRequest<C>,
  ) => Promise<InvokeResponse<C>>;
  /** Returns the function that ends the subscription. */
  readonly on: <C extends NotifyChannel>(
    channel: C,
    listener: (payload: NotifyPayload<C>) => void,
  ) => () => void;
}
